import type { CauseCode } from '../causes.ts';
import type { Inputs } from '../inputs.ts';
import type { WayBack } from '../upstream/migrations.ts';
import type { RollbackTarget } from './rollback-target.ts';

/** Everything that the decision hangs on, after a deploy that failed. */
export interface RollbackQuestion {
  readonly wish: Inputs['rollbackOnFailure'];
  readonly app: string;
  /** Cause of the failed verdict. */
  readonly cause: CauseCode;
  /** A machine is not as it was before the deploy. */
  readonly changed: boolean;
  /** A release that is newer than this run's own; `null`: there is none. */
  readonly foreignRelease: number | null;
  /** `null`: there is nothing to go back to. */
  readonly target: RollbackTarget | null;
  /** What ran before this run was not well either. */
  readonly ailing: boolean;
  /** The failed version, where it is known. */
  readonly failedVersion: string | null;
  /** Versions besides that one that have run on the state since the target did; `null`: not known which. */
  readonly others: readonly (string | null)[];
  /** From all of those. */
  readonly wayBack: WayBack;
  /** Line of their log that says that state was migrated. */
  readonly migrated: string | null;
  /** One of them ran before this run as well, and the log does not tell of all its boots any more. */
  readonly unseen: boolean;
  readonly volume: VolumeAtStake;
}

/** What decides whether the volume may be restored too. */
export interface VolumeAtStake {
  /** Taken by this very run, before the deploy. */
  readonly snapshot: string | null;
  /** A gateway ran on it when the snapshot was taken. */
  readonly wasUp: boolean;
  /** Whether the failed version ever listened; `null` where nobody could see it. */
  readonly listened: boolean | null;
  readonly machineIds: readonly string[];
  readonly id: string | null;
  readonly name: string | null;
  readonly sizeGb: number | null;
  readonly region: string | null;
  /** Where the config that is put back makes a machine, and the name of the volume it mounts there. */
  readonly config: { readonly region: string | null; readonly mount: string | null };
}

export type RollbackDecision =
  /** Nothing has to be put back. */
  | { readonly kind: 'needless'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string; readonly commands: readonly string[] }
  | { readonly kind: 'image'; readonly reason: string }
  | { readonly kind: 'with-volume'; readonly reason: string };

/** These deaths come before a gateway opens its state, whatever version it is. */
const beforeState: ReadonlySet<CauseCode> = new Set(['node-version', 'module-missing', 'bad-argument']);

/** Whether to go back, and how far; every no has its reason, and the commands to do it by hand where it could be done. */
export function decideRollback(question: RollbackQuestion): RollbackDecision {
  const { wish, cause, changed, foreignRelease, target, failedVersion } = question;
  if (!changed) {
    return { kind: 'needless', reason: 'the deploy changed no machine: what was there before still is' };
  }
  if (cause === 'superseded') {
    return refused('the release that runs is not of this run, so it is not rolled back');
  }
  if (foreignRelease !== null) {
    return refused(`release ${foreignRelease} came after that of this run, and is not rolled back`);
  }
  if (target === null) {
    const why = 'there is no earlier image or config to go back to';
    return refused(question.ailing ? `${why}: what ran before this run was not well either` : why);
  }
  const back = `${failedVersion ?? 'the new version'} failed (${cause}): back to ${target.version ?? target.image}, ${target.why}`;
  const volumeNo = whyNotTheVolume(question.volume);
  if (wish === 'with-volume' && volumeNo === null) return { kind: 'with-volume', reason: back };
  const unsafe = whyUnsafe(question);
  const kept = wish === 'with-volume' ? `; the volume is not restored, because ${volumeNo}` : '';
  if (unsafe !== null) {
    const reason = `${unsafe}, so the image alone is not put back${kept}`;
    return { kind: 'refused', reason, commands: byHand(question.app, question.volume, target.image) };
  }
  const blind = question.wayBack.kind === 'blind' ? `. ${question.wayBack.text}` : '';
  return { kind: 'image', reason: `${back}${kept}${blind}` };
}

function refused(reason: string): RollbackDecision {
  return { kind: 'refused', reason, commands: [] };
}

/** Why an older version may not take over the state; `null`: nothing speaks against it. */
function whyUnsafe(question: RollbackQuestion): string | null {
  const { cause, failedVersion, others, wayBack, migrated, unseen } = question;
  if (migrated !== null) return `the failed version has migrated the state (its log: ${migrated})`;
  if (beforeState.has(cause) && others.length === 0) return null;
  if (wayBack.kind === 'refused') return wayBack.text.replace(/\.$/, '');
  if (!unseen || wayBack.kind === 'starts') return null;
  const ran =
    others.length === 0
      ? (failedVersion ?? 'what failed')
      : others.map((one) => one ?? 'another version').join(' and ');
  return `${ran} ran before this run too, and the log does not tell any more whether it has migrated the state`;
}

/** The one condition that is missing; `null`: the volume may be restored. */
export function whyNotTheVolume(volume: VolumeAtStake): string | null {
  if (volume.snapshot === null) return 'this run took no snapshot of it';
  if (!volume.wasUp) return 'no gateway ran when the snapshot was taken, so it may hold what failed before';
  if (volume.listened === null) return 'nobody could see whether the failed version listened';
  if (volume.listened) return 'the failed version listened, and what people told it since would be lost';
  if (volume.machineIds.length !== 1) return `the app has ${volume.machineIds.length} machines`;
  if (volume.id === null || volume.name === null || volume.sizeGb === null || volume.region === null) {
    return 'the machine has no volume';
  }
  const { config, name, region } = volume;
  if (config.mount !== name || (config.region !== null && config.region !== region)) {
    return `the config before would not mount ${name} in ${region}`;
  }
  return null;
}

/**
 * The steps of a rollback with its volume, for people. The machine that holds the old volume is taken out of the hands
 * of deploys first: with two free volumes of one name a deploy takes whichever comes first (flyctl recordings 325, 468).
 */
export function byHand(
  app: string,
  volume: Pick<VolumeAtStake, 'snapshot' | 'machineIds' | 'id' | 'name' | 'sizeGb' | 'region'>,
  image: string,
): readonly string[] {
  const [machine = 'MACHINE'] = volume.machineIds;
  const { id, name, region, sizeGb, snapshot } = volume;
  const inRegion = region === null ? '' : ` -r ${region}`;
  const size = sizeGb === null ? '' : ` -s ${sizeGb}`;
  const list = snapshot === null ? [`fly volumes snapshots list ${id ?? 'VOLUME'} -a ${app}`] : [];
  return [
    ...list,
    `fly machine update ${machine} -a ${app} -y --skip-start -C true --restart no`,
    `fly volumes create ${name ?? 'NAME'} -a ${app}${inRegion}${size} --snapshot-id ${snapshot ?? 'SNAPSHOT'} -y`,
    `fly machine update ${machine} -a ${app} -y --skip-start --metadata fly_platform_version=kept --metadata fly_process_group=`,
    `fly deploy -a ${app} --image ${image}`,
  ];
}
