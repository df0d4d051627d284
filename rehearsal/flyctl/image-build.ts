import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CommandError } from './failure-report.ts';
import type { AppConfig } from './fly-toml.ts';
import { checkOrganization, type DeployableImage, reportEnd, reportStart } from './image-source.ts';
import type { Session } from './session.ts';

/** What the embedded platform adds to a builder's reply, so that a scenario decides how a build goes. */
interface RehearsedBuild {
  /** Seconds, of the CLI's own time. */
  seconds?: number;
  /** Lines of a failing build; a build without them succeeds. */
  failure?: string[];
}

/** Crockford's alphabet, of which ULIDs are made. */
const ULID = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * Builds the workspace's Dockerfile on a remote builder. No recording shows a build: the requests and texts follow
 * the CLI's source, and the steps inside the builder are played.
 */
export async function buildImage(
  session: Session,
  app: string,
  organization: string,
  config: AppConfig,
): Promise<DeployableImage> {
  const { flags, api, surroundings } = session;
  await checkOrganization(api, organization);
  const depot = flags.text('depot') !== 'false';
  const builder = depot ? 'depot.dev' : 'remote';
  const strategies = depot ? ['depot.dev'] : ['Buildpacks', 'Dockerfile', 'Builtin'];
  const label = flags.text('image-label') || `deployment-${ulid(surroundings.clock.now())}`;
  const tag = `registry.fly.io/${app}:${label}`;
  const buildId = await reportStart(session, app, builder, strategies);
  const start = surroundings.clock.now();
  const fail = async (message: string): Promise<never> => {
    const failed = { error: message, note: '', result: 'failed', strategy: strategies[0] ?? '' } as const;
    await reportEnd(session, app, buildId, start, {
      strategies: [failed],
      builderType: builder,
      logs: message,
    });
    throw new CommandError(message);
  };

  const dockerfile = dockerfileOf(session, config);
  if (dockerfile && !existsSync(dockerfile)) return fail(`dockerfile '${dockerfile}' not found`);
  if (!dockerfile) {
    return fail(
      'app does not have a Dockerfile or buildpacks configured. See https://fly.io/docs/reference/configuration/#the-build-section',
    );
  }
  session.err(`Waiting for ${depot ? 'depot' : 'remote'} builder...\n\n`);
  const reply = await api.uiex('POST', '/builds/depot_builder', {
    app_name: app,
    builder_scope: flags.text('depot-scope') || 'organization',
    region: '',
  });
  if (reply.status !== 200) {
    return fail(
      `error building: ensure depot builder failed, please try again (status ${reply.status}): ${reply.body}`,
    );
  }
  const { rehearsal } = JSON.parse(reply.body) as { rehearsal?: RehearsedBuild };
  session.err('==> Building image with Depot\n--> build:  ()\n');
  const steps = readFileSync(dockerfile, 'utf8')
    .split('\n')
    .filter((line) => /^\s*(FROM|RUN|COPY|ADD|WORKDIR)\b/i.test(line));
  session.err('#1 [internal] load build definition from Dockerfile\n#1 DONE 0.0s\n\n');
  for (const [index, step] of steps.entries()) {
    await session.sleep(((rehearsal?.seconds ?? 0) * 1000) / steps.length);
    if (surroundings.signal.aborted)
      throw new CommandError(String(surroundings.signal.reason), { cancelled: true });
    const number = index + 2;
    session.err(`#${number} [${index + 1}/${steps.length}] ${step.trim()}\n`);
    if (rehearsal?.failure && index === steps.length - 1) {
      session.err(rehearsal.failure.map((line) => `#${number} 0.5 ${line}\n`).join(''));
      session.err(
        `#${number} ERROR: process "/bin/sh -c ${step.trim()}" did not complete successfully: exit code: 1\n`,
      );
      return fail(
        `error building: failed to solve: process "/bin/sh -c ${step.trim()}" did not complete successfully: exit code: 1`,
      );
    }
    session.err(`#${number} DONE 0.1s\n\n`);
  }
  const size = 123_456_789;
  const id = `img_${label.slice(-12).toLowerCase()}`;
  const built = { error: '', note: '', result: 'success', strategy: strategies[0] ?? '' } as const;
  const final = { id, size_bytes: size, tag };
  const reported = await reportEnd(session, app, buildId, start, {
    strategies: [built],
    image: final,
    builderType: builder,
    logs: '',
  });
  session.err(`--> Building image done\nimage: ${tag}\nimage size: ${Math.ceil(size / 1e6)} MB\n`);
  return { ref: tag, size, buildId: reported };
}

/** The config's Dockerfile lies beside the config, the flag's and the default one in the working directory. */
function dockerfileOf(session: Session, { definition, path }: AppConfig): string | undefined {
  const named = definition.build?.dockerfile;
  if (named) return resolve(session.cwd, dirname(path), named);
  const flagged = session.flags.text('dockerfile');
  if (flagged) return resolve(session.cwd, flagged);
  return ['Dockerfile', 'dockerfile'].map((name) => join(session.cwd, name)).find((file) => existsSync(file));
}

function ulid(now: number): string {
  let time = Math.floor(now);
  let head = '';
  for (let digit = 0; digit < 10; digit += 1) {
    head = ULID.charAt(time % 32) + head;
    time = Math.floor(time / 32);
  }
  return head + Array.from({ length: 16 }, () => ULID.charAt(Math.floor(Math.random() * 32))).join('');
}
