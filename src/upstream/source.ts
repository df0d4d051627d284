import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppConfig } from '../app/config.ts';
import { Failure } from '../causes.ts';
import type { Inputs } from '../inputs.ts';

/** What this run deploys. */
export type Deployable =
  | {
      readonly kind: 'image';
      /** With tag or digest, as it is handed to flyctl. */
      readonly reference: string;
      /** OpenClaw version, where the reference names one. */
      readonly version: string | null;
      /** Why it is this one, in one sentence. */
      readonly reason: string;
    }
  | {
      readonly kind: 'build';
      /** Absolute path of the build context. */
      readonly context: string;
      /** Text of the Dockerfile; `null` where it is not a file here. */
      readonly dockerfile: string | null;
      readonly version: string | null;
      readonly reason: string;
    };

/**
 * Decides what is deployed, from the input `source` or from what is there.
 *
 * @throws Failure `inputs-invalid` where the input asks for what is not there
 */
export function chooseSource(inputs: Inputs, config: AppConfig, workspace: string): Deployable {
  const dockerfile = config.build.dockerfile ?? 'Dockerfile';
  const path = join(config.source.directory, dockerfile);
  const hasDockerfile = existsSync(path) || /^https?:/.test(dockerfile);
  if (inputs.source === 'workspace' && !hasDockerfile && config.build.image === null) {
    throw new Failure(
      'inputs-invalid',
      `source: "workspace" needs a Dockerfile in the checked-out repository (looked for ${dockerfile}). Is actions/checkout run before this step?`,
    );
  }
  if (inputs.source === 'workspace' || (inputs.source === 'auto' && hasDockerfile)) {
    if (hasDockerfile) {
      return {
        kind: 'build',
        context: workspace,
        dockerfile: existsSync(path) ? readFileSync(path, 'utf8') : null,
        version: null,
        reason: `the repository has a ${dockerfile}`,
      };
    }
  }
  const fromConfig = config.build.image;
  if (inputs.source !== 'image' && fromConfig !== null) {
    return {
      kind: 'image',
      reference: fromConfig,
      version: imageVersion(fromConfig),
      reason: `${config.source.file} names the image`,
    };
  }
  const reference = inputs.version.startsWith('sha256:')
    ? `${inputs.image}@${inputs.version}`
    : `${inputs.image}:${inputs.version.replace(/^v(?=\d)/, '')}`;
  const reason =
    inputs.source === 'image'
      ? 'source: image is said'
      : 'there is no Dockerfile, and the config names no image';
  return { kind: 'image', reference, version: imageVersion(reference), reason };
}

/** The OpenClaw version in an image reference, e.g. `2026.9.6`; `null` where its tag is no version. */
export function imageVersion(reference: string): string | null {
  return /:v?(\d{4}\.\d{1,2}\.\d{1,3}(?:-[\w.]+)?)(?:@|$)/.exec(reference)?.[1] ?? null;
}
