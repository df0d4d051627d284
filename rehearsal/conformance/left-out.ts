const NEVER_CALLED = 'the action never calls this command';
const SAME_RUN = 'the same run as 198, made five times to show a race';

const BULK = '200 kB of output, otherwise as 063 and 360';

/** Recordings that are not among the data here, and why. */
export const LEFT_OUT: Record<string, string> = {
  '018-apps-list-json': NEVER_CALLED,
  '019-apps-list-json-empty': NEVER_CALLED,
  '067-scale-memory': NEVER_CALLED,
  '068-scale-memory-no-machines': NEVER_CALLED,
  '069-scale-show-json': NEVER_CALLED,
  '075-platform-status-json': NEVER_CALLED,
  '117-volumes-extend-json': NEVER_CALLED,
  '199-deploy-503-update-twice-2': SAME_RUN,
  '200-deploy-503-update-twice-3': SAME_RUN,
  '201-deploy-503-update-twice-4': SAME_RUN,
  '202-deploy-503-update-twice-5': SAME_RUN,
  '253-scale-memory-crashing': NEVER_CALLED,
  '335-machine-run-volume': NEVER_CALLED,
  '336-machine-run-volume-by-name': NEVER_CALLED,
  '337-machine-run-volume-in-use': NEVER_CALLED,
  '338-machine-run-volume-unknown': NEVER_CALLED,
  '339-machine-run-rm-command': NEVER_CALLED,
  '340-machine-run-crashing': NEVER_CALLED,
  '341-machine-run-unknown-image': NEVER_CALLED,
  '342-machine-create-volume': NEVER_CALLED,
  '343-machine-create-volume-metadata': NEVER_CALLED,
  '347-machine-exec-200k-json': BULK,
  '348-machine-exec-200k-text': BULK,
};
