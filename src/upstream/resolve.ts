import type { Resolution, SourceQuestion } from './choice.ts';
import { decideSkip } from './skip.ts';
import type { Wish } from './source.ts';

/**
 * Finds out what the wish means today, and whether it runs already. Nothing is changed anywhere.
 *
 * @throws Failure `image-missing`, `inputs-invalid`, `rate-limited`; Unreachable where it cannot go on without an answer
 */
export async function resolveSource(question: SourceQuestion): Promise<Resolution> {
  const { wish } = question;
  if (wish.kind === 'image') {
    const { ImageChoice } = await import('./image-choice.ts');
    return new ImageChoice(question, wish).resolve();
  }
  if (wish.kind === 'upstream') {
    const { CommitChoice } = await import('./commit-choice.ts');
    return new CommitChoice(question, wish).resolve();
  }
  return workspace(question, wish);
}

function workspace(question: SourceQuestion, wish: Extract<Wish, { kind: 'workspace' }>): Resolution {
  const notices = [...wish.notes];
  if (question.inputs.redeploy === 'if-changed') {
    const { reason } = decideSkip({ kind: 'unknown' }, question.machines, question.now);
    notices.push(`redeploy: if-changed cannot skip this run: ${reason}.`);
  }
  const unnamed = { version: null, name: null } as const;
  return {
    ...unnamed,
    upToDate: null,
    held: false,
    label: null,
    commit: null,
    notices,
    warnings: [],
    obtain: async () => ({
      ...unnamed,
      kind: 'build',
      context: wish.context,
      dockerfilePath: wish.dockerfilePath,
      dockerfile: wish.dockerfile,
      flags: [],
      reason: wish.reason,
      identity: null,
    }),
  };
}
