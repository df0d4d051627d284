import { goJson } from '../go-json.ts';
import type { Session } from '../session.ts';

const VERSION = '0.4.87';
const BUILT = '2026-08-20T18:56:30Z';

/** `version`: the text line, or with --json the one compact line of JSON that the CLI prints. */
export async function showVersion(session: Session): Promise<void> {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  if (!session.flags.on('json')) {
    session.out(`flyctl v${VERSION} ${os}/${architecture} Commit: <none> BuildDate: ${BUILT}\n`);
    return;
  }
  const info = {
    Name: 'flyctl',
    Version: VERSION,
    Commit: '<none>',
    BranchName: '',
    BuildDate: BUILT,
    OS: os,
    Architecture: architecture,
    Environment: 'production',
  };
  session.out(`${goJson(info)}\n`);
}
