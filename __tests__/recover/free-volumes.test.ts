import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/app/config.ts';
import type { Present } from '../../src/app/present.ts';
import type { Volume } from '../../src/flyctl/schemas.ts';
import { refuseLuck, volumeToCome } from '../../src/recover/free-volumes.ts';
import { aMachine } from './machines.ts';

const config = readConfig({
  file: 'fly.toml',
  directory: '/',
  format: 'toml',
  text: '[mounts]\nsource = "data"\ndestination = "/data"\n',
  generated: false,
});

function volume(id: string, with_: Partial<Volume> = {}): Volume {
  return {
    id,
    name: 'data',
    state: 'created',
    sizeGb: 1,
    region: 'iad',
    attachedMachineId: null,
    createdAt: null,
    encrypted: true,
    snapshotRetention: 5,
    hostStatus: 'ok',
    ...with_,
  };
}

const present = (volumes: readonly Volume[], machines: Present['machines'] = []): Present => ({
  status: null,
  machines,
  addresses: [],
  volumes,
  secrets: [],
});
const refuse = (there: Present) => refuseLuck('my-openclaw', config, 'iad', there);
const held = volume('vol_held', { attachedMachineId: 'e784' });

describe('a deploy that has to make the machine', () => {
  it.each([
    ['has nothing to choose from', []],
    ['has one free volume', [volume('vol_1')]],
    ['has one free volume beside one that is held', [volume('vol_1'), held]],
    [
      'has one free volume beside those of other names and regions',
      [volume('vol_1'), volume('a', { name: 'x' }), volume('b', { region: 'ams' })],
    ],
  ])('goes on where it %s', (_, volumes) => {
    expect(() => refuse(present(volumes))).not.toThrow();
  });
  it('stops where it would have to guess, and names them all', () => {
    expect(() => refuse(present([volume('vol_1'), volume('vol_2')]))).toThrow(
      expect.objectContaining({ code: 'volume-mismatch', evidence: 'vol_1 (free), vol_2 (free)' }),
    );
  });
  it('stops where it would silently make an empty volume', () => {
    expect(() => refuse(present([held]))).toThrow(
      expect.objectContaining({ code: 'volume-mismatch', evidence: 'vol_held (held by machine e784)' }),
    );
  });
  it('does not look where a machine has its volume already', () => {
    expect(() => refuse(present([volume('vol_1'), volume('vol_2')], [aMachine()]))).not.toThrow();
  });
});

describe('the volume that a machine to be made will get', () => {
  it('is the one free one', () => {
    expect(volumeToCome(config, 'iad', present([held, volume('vol_1')]))?.id).toBe('vol_1');
  });
  it.each([[[]], [[held]], [[volume('a'), volume('b')]]])('is not known otherwise', (volumes) => {
    expect(volumeToCome(config, 'iad', present(volumes))).toBeNull();
  });
});
