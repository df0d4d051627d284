import { type Assessment, assess } from './assess.ts';
import { exitWords } from './death.ts';
import { isDown } from './moments.ts';
import { machineName, type Phase, type WatchState } from './state.ts';

/** A crash loop without end must not fill the timeline. */
const mostPhases = 200;

/** Adds the phase changes that the state shows and that were not told yet. */
export function withPhases(state: WatchState, now: number): WatchState {
  const told = new Set(state.phases.map(key));
  const fresh = current(state, now).filter((phase) => !told.has(key(phase)));
  if (fresh.length === 0 || state.phases.length >= mostPhases) return state;
  return { ...state, phases: [...state.phases, ...fresh] };
}

const key = ({ name, machineId, at, text }: Phase) =>
  `${name} ${machineId} ${name === 'exited' || name === 'started' ? at : name === 'stopped' ? text : ''}`;

function current(state: WatchState, now: number): readonly Phase[] {
  const found: Phase[] = [];
  for (const machine of state.machines.values()) {
    if (machine.snapshot !== null && !machine.gone)
      found.push(...ofMachine(state, assess(state, machine), now));
  }
  const { deploy } = state;
  if (deploy !== null) {
    const text = deploy.ok ? 'flyctl is done' : `flyctl did not end well: ${deploy.detail}`;
    found.push({ name: 'deploy-ended', machineId: null, at: null, learntAt: deploy.learntAt, text });
  }
  return found;
}

function ofMachine(state: WatchState, assessment: Assessment, now: number): readonly Phase[] {
  const { machine, openedAt, boots, boot, listening, reach, discord } = assessment;
  if (openedAt === null || machine.snapshot === null) return [];
  const found: Phase[] = [];
  const say = (name: Phase['name'], at: number | null, text: string) =>
    found.push({ name, machineId: machine.id, at, learntAt: now, text });
  const where = machineName(machine);
  if (state.expectations.operation === 'deploy') {
    const release = machine.snapshot.releaseVersion;
    say(
      'new-version',
      null,
      `${where} has the new version${release === null ? '' : ` (release ${release})`}`,
    );
  }
  for (const one of boots) {
    if (one.startAt !== null) say('started', one.startAt, `${where} started`);
    if (one.exit !== null) {
      say(
        'exited',
        one.exit.at,
        `${where} ${one.exit.requestedStop ? 'was stopped' : `ended with ${exitWords(one)}`}`,
      );
    }
  }
  if (isDown(machine.snapshot.state) && boot?.startAt === null) {
    say('stopped', machine.snapshot.updatedAt, `${where} is ${machine.snapshot.state}`);
  }
  const start = boot?.startAt ?? null;
  const after = (at: number | null) =>
    at === null || start === null ? '' : `, ${Math.max(0, (at - start) / 1000).toFixed(1)} s after its start`;
  if (listening !== null) {
    const { at } = listening.evidence;
    const on = reach.port === null ? '' : ` on port ${reach.port}`;
    say('listening', at, `gateway listens${on}${after(at)}`);
    if (listening.ready) say('ready', at, 'gateway is ready');
  }
  if (discord.status === 'claimed' || discord.status === 'confirmed') {
    const at = discord.evidence?.at ?? null;
    say('discord', at, `Discord login seen${after(at)}`);
  } else if (discord.status === 'off' || discord.status === 'failing') {
    say(
      'discord-failed',
      discord.evidence?.at ?? null,
      `Discord failed: ${discord.evidence?.text ?? discord.cause}`,
    );
  }
  return found;
}
