import { randomBytes } from 'node:crypto';
import type { AppConfig } from '../app/config.ts';
import type { Present } from '../app/present.ts';
import * as commands from '../flyctl/commands.ts';
import type { Flyctl } from '../flyctl/process.ts';
import type { Conclude, Journey } from '../journey.ts';
import type { RunReport } from '../report/report.ts';
import {
  decideGatewayToken,
  gatewayTokenName,
  howToReadGatewayToken,
  newGatewayToken,
} from '../secrets/gateway-token.ts';
import { remarksOn } from '../secrets/plan.ts';
import { planPrune } from '../secrets/prune.ts';
import { type SecretStore, type SyncedSecrets, syncSecrets } from '../secrets/sync.ts';

/**
 * Stages the workflow's secrets, and a gateway token for a new app that has none. Nothing restarts.
 *
 * @param settlesAuth the gateway's own config says how people get in
 */
export async function stageSecrets(
  journey: Journey,
  flyctl: Flyctl,
  app: string,
  config: AppConfig | null,
  present: Present,
  conclude: Conclude,
  settlesAuth = false,
): Promise<SyncedSecrets> {
  const { inputs, secrets, silence, console, report } = journey;
  const values = new Map(secrets.values);
  for (const notice of secrets.notices) console.notice(notice);
  const decision = decideGatewayToken({
    wanted: inputs.generateGatewayToken && inputs.operation === 'deploy',
    app,
    hasMachine: present.machines.length > 0,
    names: [
      ...values.keys(),
      ...secrets.leftOut,
      ...present.secrets.map(({ name }) => name),
      ...(config?.env.keys() ?? []),
    ],
    configured: settlesAuth,
  });
  if (decision.kind === 'generate') {
    const token = newGatewayToken(randomBytes);
    silence.add([token]);
    values.set(gatewayTokenName, token);
    const how = howToReadGatewayToken(app);
    report.nextSteps.push({ text: how.text, url: null, commands: [how.command] });
  } else if (decision.kind === 'advise' && inputs.operation === 'deploy') {
    console.warning([decision.message, decision.fix.text, ...decision.fix.commands].join('\n'));
    report.warnings.push(decision.message);
  }
  const store = storeOf(journey, flyctl, app);
  const synced = await syncSecrets(store, {
    values,
    hasMachine: present.machines.length > 0,
    before: present.secrets,
  });
  for (const { level, message } of remarksOn(synced.changes)) console[level](message);
  const { added, changed, unchanged, onlyOnFly } = synced.changes;
  const generated = decision.kind === 'generate' ? gatewayTokenName : null;
  report.secrets = [
    ...states(
      added.filter((name) => name !== generated),
      'added',
    ),
    ...states(changed, 'changed'),
    ...states(generated === null ? [] : [generated], 'generated'),
    ...states(unchanged, 'unchanged'),
    ...states(onlyOnFly, 'only-on-fly'),
    ...states(secrets.leftOut, 'left-out'),
  ];
  const counts = [
    [added, 'added'],
    [changed, 'changed'],
    [unchanged, 'unchanged'],
  ] as const;
  const said = counts.flatMap(([names, words]) => (names.length > 0 ? [`${names.length} ${words}`] : []));
  conclude(said.join(', ') || 'none to send');
  return synced;
}

/** Unsets, staged, what `prune-secrets` names and GitHub does not have. After a healthy verdict only. */
export async function pruneSecrets(
  { inputs, secrets, console, report, signal }: Journey,
  flyctl: Flyctl,
  app: string,
  { onFly }: SyncedSecrets,
): Promise<string[]> {
  const has = [...secrets.values.keys(), ...secrets.leftOut];
  const pruning = planPrune(inputs.pruneSecrets, { has, sent: secrets.values.size }, onFly);
  if (pruning.kind === 'nothing') return [];
  if (pruning.kind === 'refused') {
    console.warning(pruning.reason);
    report.warnings.push(pruning.reason);
    return [];
  }
  await commands.secretsUnset(flyctl, app, pruning.names, { signal });
  const removed = new Set(pruning.names);
  report.secrets = [
    ...report.secrets.filter(({ name }) => !removed.has(name)),
    ...states(pruning.names, 'removed'),
  ];
  return [`removed the secrets ${pruning.names.join(', ')} (the next release applies it)`];
}

function states(
  names: readonly string[],
  state: RunReport['secrets'][number]['state'],
): RunReport['secrets'] {
  return names.map((name) => ({ name, state }));
}

function storeOf({ signal }: Journey, flyctl: Flyctl, app: string): SecretStore {
  return {
    list: () => commands.secretsList(flyctl, app, { signal }),
    importStaged: (text) => commands.secretsImport(flyctl, app, text, { signal }),
    unsetStaged: (names) => commands.secretsUnset(flyctl, app, names, { signal }),
  };
}
