import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/causes.ts';
import type { Release } from '../../src/flyctl/schemas.ts';
import {
  chooseTarget,
  mayHaveMoved,
  type TargetQuestion,
  wholeReference,
} from '../../src/recover/rollback-target.ts';

const name = 'ghcr.io/openclaw/openclaw';
const digest = `sha256:${'a'.repeat(64)}`;

function release(version: number, tag: string, status = 'complete'): Release {
  return { version, imageRef: `${name}:${tag}`, status, description: '', user: '', createdAt: null };
}

const question: TargetQuestion = {
  wanted: 'latest',
  releases: [
    release(6, '2026.9.6'),
    release(5, '2026.9.6', 'interrupted'),
    release(4, '2026.8.2', 'failed'),
    release(3, '2026.5.12'),
    release(2, `2026.5.12@${digest}`),
    release(1, '2026.3.13'),
  ],
  running: { imageRef: `${name}:2026.9.6`, imageDigest: '', version: '2026.9.6', releaseVersion: 6 },
  failed: [],
};

describe('a rollback goes to', () => {
  it('the newest earlier release with another image that ended well', () => {
    expect(chooseTarget(question)).toMatchObject({
      image: `${name}:2026.5.12`,
      version: '2026.5.12',
      release: 3,
    });
  });
  it('none that is remembered to have failed', () => {
    const failed = [{ version: '2026.5.12', identity: null }];
    expect(chooseTarget({ ...question, failed })?.release).toBe(1);
  });
  it('none that was not well when the deploy that failed began', () => {
    const ailing = { imageRef: `${name}:2026.5.12`, imageDigest: digest };
    expect(chooseTarget({ ...question, ailing })?.release).toBe(1);
  });
  it('none that is newer than what runs', () => {
    const running = { ...question.running, imageRef: `${name}:2026.3.13`, releaseVersion: 1 };
    expect(chooseTarget({ ...question, running })).toBeNull();
  });
  it('nothing where the image was always the same', () => {
    expect(
      chooseTarget({ ...question, releases: [release(2, '2026.9.6'), release(1, '2026.9.6')] }),
    ).toBeNull();
  });

  it.each([
    ['a release by its number', '3', 3],
    ['a release as people write it', 'v4', 4],
    ['a version', '2026.3.13', 1],
    ['a version with its v', 'v2026.3.13', 1],
    ['a digest', digest, 2],
  ])('%s', (_, wanted, version) => {
    expect(chooseTarget({ ...question, wanted })?.release).toBe(version);
  });

  it.each(['7', '2026.1.29', '2026.9.6'])('no %s, since no earlier release has it', (wanted) => {
    expect(() => chooseTarget({ ...question, wanted })).toThrow(
      expect.objectContaining({ code: 'inputs-invalid', message: expect.stringContaining(`"${wanted}"`) }),
    );
  });
  it('nothing unknown, and says what there is', () => {
    const attempt = () => chooseTarget({ ...question, wanted: '99' });
    expect(attempt).toThrow(Failure);
    expect(attempt).toThrow(/3 \(2026\.5\.12\)/);
  });
});

describe('an image to go back to', () => {
  it('may be another one by now, where a release names it by a tag alone', () => {
    expect(mayHaveMoved({ image: `${name}:2026.5.12`, release: 3 })).toMatch(
      /^Release 3 names its image by the tag alone/,
    );
  });
  it.each([`${name}:2026.5.12@${digest}`, 'registry.fly.io/my-app:deployment-01ABC'])(
    'is that very one by the name %s',
    (image) => {
      expect(mayHaveMoved({ image, release: 3 })).toBeNull();
    },
  );
});

describe('the image of a machine', () => {
  it('is named by tag and digest', () => {
    const machine = { imageRef: `${name}:2026.5.12`, imageDigest: digest, image: `${name}@${digest}` };
    expect(wholeReference(machine)).toBe(`${name}:2026.5.12@${digest}`);
  });
  it('is named as it is where Fly tells no digest', () => {
    const machine = { imageRef: `${name}:2026.5.12`, imageDigest: '', image: `${name}:2026.5.12` };
    expect(wholeReference(machine)).toBe(`${name}:2026.5.12`);
  });
});
