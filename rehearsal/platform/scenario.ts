/**
 * The parts of a rehearsal that are written down as data: what is on Fly before, how machines boot, what the
 * API gets wrong, and what other people do meanwhile. Scenario files hold these shapes; unknown keys are
 * errors, so that a mistyped rule cannot silently test nothing. All durations are seconds of the platform's
 * clock unless a field says otherwise.
 */
import { z } from 'zod';

const seconds = z.number().nonnegative();
const port = z.int().min(1).max(65_535);
const regex = z.string().refine(
  (text) => {
    try {
      new RegExp(text);
      return true;
    } catch {
      return false;
    }
  },
  { error: 'is no regular expression' },
);
const stringMap = z.record(z.string(), z.string());

/** How a main process ends by itself. */
export const exitSchema = z.strictObject({
  /** Seconds after the process was started. */
  after: seconds,
  code: z.int().optional(),
  /** Signal that kills it, e.g. 6 or `SIGABRT`. */
  signal: z.union([z.int().positive(), z.string().regex(/^SIG[A-Z0-9]+$/)]).optional(),
  /** Killed by the kernel for memory: the exit event says oom_killed. */
  oom: z.boolean().optional(),
});

const lineSchema = z.union([
  z.string(),
  z.strictObject({
    /** Seconds after the process was started. */
    after: seconds,
    text: z.string(),
    provider: z.string().optional(),
    level: z.string().optional(),
    /** Say it so often, `every` seconds. */
    repeat: z.int().positive().optional(),
    every: seconds.optional(),
  }),
]);

const answerSchema = z.strictObject({
  status: z.int().min(100).max(599),
  body: z.string().optional(),
});

/** One rule of how a machine boots. The first rule whose `when` fits is taken. */
export const bootSchema = z.strictObject({
  when: z
    .strictObject({
      app: z.string().optional(),
      /** Machine id or name. */
      machine: z.string().optional(),
      /** The n-th boot since the machine was created or last updated, from 1. */
      boot: z.int().positive().optional(),
      /** At least this many machine boots of the app so far, this one included. */
      appBoot: z.int().positive().optional(),
      image: regex.optional(),
      /** Part of the command that is run. */
      cmd: z.string().optional(),
      /** Memory of the machine in MB is below this. */
      memoryBelow: z.number().positive().optional(),
      /** Environment as the machine has it, secrets included; `null`: the name is not there. */
      env: z.record(z.string(), regex.nullable()).optional(),
      /** Files of the machine (shipped, on the volume, or left by this boot rule) by path; `null`: not there. `*` matches within a folder. */
      files: z.record(z.string(), regex.nullable()).optional(),
      /** At least so many boots on this volume ended without a clean stop within the last 300 s. */
      uncleanBoots: z.int().positive().optional(),
    })
    .optional(),
  /** A recorded run, e.g. `2026.5.12/01-healthy-start`. */
  recording: z.string().optional(),
  /** Lines of the process; beside a recording they are said in addition to it. Plain strings come 0.05 s apart. */
  lines: z.array(lineSchema).optional(),
  /** How the run ends; beside a recording it replaces the recorded end. */
  exit: exitSchema.optional(),
  /** Ports that are listened on, in place of the recorded one. */
  ports: z.array(port).optional(),
  loopbackOnly: z.boolean().optional(),
  /** When the ports open; beside a recording the recorded second, else 0. */
  listenAfter: seconds.optional(),
  /** HTTP answers by path, in place of the recorded version's. */
  http: z.record(z.string(), answerSchema).optional(),
  /** What health checks say, whatever the gateway answers. */
  checks: z.enum(['passing', 'critical']).optional(),
  /** From `starting` to `started`; 0.3 by default. */
  bootDelay: seconds.optional(),
  /** How long the image is pulled before that; 0.9 in the log by default, and no time. */
  pull: seconds.optional(),
  failToStart: z.boolean().optional(),
  /** Not one line of this boot reaches the log, not even init's. */
  silentLogs: z.boolean().optional(),
  /** How long a stop that was asked for takes; beside a recording the recorded time. More than the kill timeout ends in SIGKILL. */
  stopTakes: seconds.optional(),
  /** Files written when the process starts; `null` removes. Those under a mount stay on the volume. */
  writes: z.record(z.string(), z.string().nullable()).optional(),
});

/** Something the API gets wrong. Faults are tried in order; the first that fits answers. */
export const faultSchema = z.strictObject({
  method: z.string().optional(),
  /** Against path and query. */
  path: regex.optional(),
  /** Part of the GraphQL operation name, query or variables. */
  graphql: z.string().optional(),
  /** Let so many requests that fit pass first. */
  skip: z.int().nonnegative().optional(),
  /** How often; without it: for ever. */
  times: z.int().positive().optional(),
  /** Answer with this status. */
  status: z.int().min(100).max(599).optional(),
  /** Text of the error in the body; `injected <status>` by default. */
  error: z.string().optional(),
  /** The whole body, as it is. With `<` first it is sent as HTML. */
  body: z.string().optional(),
  /** Reset the connection. */
  reset: z.boolean().optional(),
  /** Milliseconds of real time to wait first. */
  stall: z.number().nonnegative().optional(),
  /** Never answer. */
  hang: z.boolean().optional(),
  /** Send only so many bytes of the real answer, then end the connection. */
  truncate: z.int().nonnegative().optional(),
  /** The request is carried out before the fault hides its answer. */
  applied: z.boolean().optional(),
});

/** Something that somebody or something else does. */
export const actSchema = z.strictObject({
  /** Default: the only app there is. */
  app: z.string().optional(),
  /** Id, name or state, e.g. `started`. Default: the first machine of the app. */
  machine: z.string().optional(),
  /** Another address, of this type. */
  allocate: z.enum(['v4', 'v6', 'shared_v4', 'private_v6']).optional(),
  /** Address or type to take away. */
  release: z.string().optional(),
  /** Somebody else deploys: a new release with this image, and the machine is updated to it. */
  deploy: z.string().optional(),
  /** Somebody else holds the lease for so many seconds of the client's time. */
  lease: z.strictObject({ ttl: seconds, owner: z.string().optional() }).optional(),
  /** The main process ends now. */
  exit: exitSchema.omit({ after: true }).optional(),
  start: z.boolean().optional(),
  stop: z.boolean().optional(),
  destroy: z.boolean().optional(),
  /** Secrets set by somebody else, staged. */
  secrets: stringMap.optional(),
  /** A line in the log. */
  log: z
    .strictObject({
      text: z.string(),
      provider: z.string().optional(),
      level: z.string().optional(),
      repeat: z.int().positive().optional(),
    })
    .optional(),
  /** From now on this goes wrong. */
  fault: faultSchema.optional(),
  /** The registry loses this image. */
  forgetImage: z.string().optional(),
  /** The region has no room for new machines and volumes any more, or has again. */
  capacity: z.strictObject({ region: z.string(), available: z.boolean() }).optional(),
});

/** When a request, a log line or a moment comes, something is done. Fires once. */
export const triggerSchema = z.strictObject({
  on: z.strictObject({
    method: z.string().optional(),
    path: regex.optional(),
    graphql: z.string().optional(),
    /** The n-th request that fits; 1 by default. */
    times: z.int().positive().optional(),
    /** A line in the log holds this. */
    log: z.string().optional(),
    /** Seconds after the platform was started. */
    at: seconds.optional(),
  }),
  /** Seconds between the two. */
  delay: seconds.optional(),
  do: z.array(actSchema).min(1),
});

const snapshotSeed = z.strictObject({
  id: z.string(),
  /** Age in seconds. */
  age: seconds.optional(),
  files: stringMap.optional(),
});

const volumeSeed = z.strictObject({
  id: z.string().optional(),
  name: z.string().default('data'),
  region: z.string().default('iad'),
  size_gb: z.int().positive().default(1),
  /** Contents by path below the mount, e.g. `openclaw.json`. */
  files: stringMap.default({}),
  snapshots: z.array(snapshotSeed).default([]),
  hostStatus: z.enum(['ok', 'unreachable', 'unknown']).default('ok'),
});

const machineSeed = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  region: z.string().default('iad'),
  image: z.string().default('ghcr.io/openclaw/openclaw:2026.5.12'),
  state: z.enum(['created', 'started', 'stopped', 'suspended', 'failed']).default('started'),
  /** Id or name of the volume mounted at `mount`. */
  volume: z.string().optional(),
  mount: z.string().default('/data'),
  /** Process group; `null`: a machine of `machine run`, which no deploy looks at. */
  group: z.string().nullable().default('app'),
  memory_mb: z.int().positive().default(2048),
  /** Fields of the machine config beyond the usual, e.g. `services`, `restart`, `env`; they replace the usual ones. */
  config: z.record(z.string(), z.unknown()).default({}),
  /** The recorded run that is going on, its lines in the log. Without it: a quiet gateway on port 3000. */
  recording: z.string().optional(),
  /** How long it has been up. */
  uptime: seconds.default(60),
  /** A lease of somebody else. */
  lease: z.strictObject({ ttl: seconds, owner: z.string().optional() }).optional(),
  /** `unreachable`: the host of the machine is down. */
  hostStatus: z.enum(['ok', 'unreachable', 'unknown']).default('ok'),
});

const releaseSeed = z.strictObject({
  image: z.string(),
  status: z.enum(['complete', 'failed', 'interrupted', 'running', 'pending']).default('complete'),
  /** fly.toml as JSON. */
  definition: z.record(z.string(), z.unknown()).optional(),
  /** Age in seconds. */
  age: seconds.default(60),
});

const addressSeed = z.union([
  z.enum(['v4', 'v6', 'shared_v4', 'private_v6']),
  z.strictObject({
    type: z.enum(['v4', 'v6', 'shared_v4', 'private_v6']),
    address: z.string(),
    region: z.string().optional(),
  }),
]);

/** What is on Fly when the rehearsal begins. */
export const seedSchema = z.strictObject({
  apps: z
    .array(
      z.strictObject({
        name: z.string(),
        org: z.string().default('personal'),
        secrets: stringMap.default({}),
        /** Set, but the machines do not have them yet. */
        stagedSecrets: stringMap.default({}),
        addresses: z.array(addressSeed).default([]),
        /** Custom host names that have a certificate. */
        certificates: z.array(z.string()).default([]),
        volumes: z.array(volumeSeed).default([]),
        machines: z.array(machineSeed).default([]),
        /** Oldest first, version 1. Without it: one, if there are machines. */
        releases: z.array(releaseSeed).optional(),
      }),
    )
    .default([]),
  /** Names that belong to apps of others. */
  takenNames: z.array(z.string()).default([]),
  /** Regions without room. */
  fullRegions: z.array(z.string()).default([]),
});

export type Boot = z.infer<typeof bootSchema>;
export type Fault = z.infer<typeof faultSchema>;
export type Act = z.infer<typeof actSchema>;
export type Trigger = z.infer<typeof triggerSchema>;
/** A seed as it is written: everything with a default may be left out. */
export type Seed = z.input<typeof seedSchema>;
