import { describe, expect, it } from 'vitest';
import type { Boot, Seed } from '../../rehearsal/platform/scenario.ts';
import { blocksUnder, type Newcomer, newcomer, savedAs } from './newcomer.ts';
import { type Block, marked, pageAt } from './pages.ts';

/** README and guide, followed to the letter by somebody who has nothing yet. They need bash and git. */

const app = 'my-openclaw';
const typed = { ANTHROPIC_API_KEY: 'sk-ant-rehearsal-0001', DISCORD_BOT_TOKEN: 'rehearsal-discord-token' };

const mine = ({ text }: Block) =>
  text
    .replaceAll('YOUR-APP', app)
    .replaceAll('YOUR_SERVER_ID', '111111111111111111')
    .replaceAll('YOUR_USER_ID', '222222222222222222')
    .replaceAll('REQUEST_ID', 'f3b1c2d4');

const isShell = ({ language }: Block) => language === 'bash' || language === 'sh';

/** Does something as a newcomer, and leaves nothing behind. */
async function as(
  boots: readonly Boot[],
  what: (person: Newcomer) => Promise<void>,
  seed: Seed = {},
): Promise<void> {
  const person = await newcomer({ typed, boots, seed });
  try {
    await what(person);
  } finally {
    await person.close();
  }
}

/** A summary without what is another in each run: the machine's id and the seconds. */
const words = (markdown: string) =>
  markdown
    .replace(/after \d+ s/, 'after N s')
    .replaceAll(/\b[0-9a-f]{14}\b/g, 'MACHINE')
    .split('\n')
    // In the README it is quoted and a level deeper.
    .map((line) => line.replace(/^> ?/, '').replace(/^#+ /, ''))
    .filter((line) => line !== '');

describe.skipIf(process.platform === 'win32')('who follows', () => {
  it.concurrent('the README sees its picture when memory is short, and mends it as the picture says', () =>
    as(
      [
        { when: { memoryBelow: 4096 }, recording: '2026.9.6/06a-v8-oom-96mb' },
        { recording: '2026.9.6/01b-healthy-with-config' },
      ],
      async (person) => {
        const page = pageAt('README.md');
        const [commands, workflow, ...others] = blocksUnder(page, '## Start');
        if (commands === undefined || workflow === undefined) throw new Error('## Start has no blocks');
        expect(others).toEqual([]);
        expect(await person.type(mine(commands))).toMatchObject({ ok: true });
        expect(person.github.state()).toMatchObject({
          secrets: { FLY_API_TOKEN: 'deploy-token', ANTHROPIC_API_KEY: typed.ANTHROPIC_API_KEY },
          variables: { FLY_APP_NAME: app },
        });
        expect(savedAs(page, workflow)).toBe('.github/workflows/deploy.yml');

        const { action } = await person.push({}, workflow.text);
        expect(action.outputs).toMatchObject({ verdict: 'failed', cause: 'out-of-memory' });
        const picture = words(marked(page, 'summary'));
        expect(picture.length).toBeGreaterThan(10);
        expect(words(action.summary).slice(0, picture.length)).toEqual(picture);

        const [saved, ...more] = blocksUnder(page, '## Is your gateway broken already?');
        if (saved === undefined) throw new Error('no way is shown to judge a saved log');
        expect(more).toEqual([]);
        expect((await person.type(mine(saved))).log).toContain('out-of-memory');

        const machine = action.outputs['machine-id'] ?? '';
        const fix = page.blocks.find(isShell)?.text ?? '';
        expect(await person.type(fix.replace(/\b[0-9a-f]{14}\b/, machine))).toMatchObject({ ok: true });
        const verify = workflow.text.replace('app: ', 'operation: verify\n          app: ');
        const again = await person.push({}, verify);
        expect(again.action.outputs).toMatchObject({ verdict: 'healthy', 'machine-id': machine });
      },
    ));

  it.concurrent('the guide comes from nothing to a gateway that is logged in to Discord, and into it', () =>
    as([{ recording: '2026.9.6/05b-discord-login-ok' }], async (person) => {
      const page = pageAt('docs/guide.md');
      const open = blocksUnder(page, '## 7. Open it');
      for (const block of page.blocks.filter((one) => !open.includes(one))) {
        const path = savedAs(page, block);
        if (path !== null) person.save(path, mine(block));
        else expect(await person.type(mine(block)), mine(block)).toMatchObject({ ok: true });
      }
      const files = person.pushed(app);
      expect(Object.keys(files)).toEqual(['.github/workflows/deploy.yml', 'claw.json5']);
      const { action, jobs } = await person.push(files, files['.github/workflows/deploy.yml'] ?? '');
      expect(action.outputs).toMatchObject({ verdict: 'healthy', cause: 'healthy' });
      expect(jobs.deploy?.result).toBe('success');
      expect(action.report).toMatchObject({ discord: 'logged-in', version: { to: '2026.9.6' } });
      const { addresses, secrets } = person.platform.world.apps.get(app) ?? {};
      expect(addresses?.map(({ type }) => type).sort()).toEqual(['shared_v4', 'v6']);
      expect([...(secrets?.keys() ?? [])].sort()).toEqual([
        'ANTHROPIC_API_KEY',
        'DISCORD_BOT_TOKEN',
        'OPENCLAW_GATEWAY_TOKEN',
      ]);

      const said: string[] = [];
      for (const block of open) {
        // The page of the run says the same, with the app's name in it.
        for (const command of mine(block).trim().replace('f3b1c2d4', 'REQUEST_ID').split('\n'))
          expect(action.summary).toContain(command);
        const end = await person.type(mine(block));
        expect(end, mine(block)).toMatchObject({ ok: true });
        said.push(end.log);
      }
      expect(said[0]?.trim()).toMatch(/^[0-9a-f]{64}$/);
    }));

  it.concurrent('the page on recovering gets the state of a snapshot back, and keeps what was there', () => {
    const image = 'ghcr.io/openclaw/openclaw:2026.5.12';
    const machine = '1fa07513777ea5';
    const seed: Seed = {
      apps: [
        {
          name: app,
          addresses: ['shared_v4', 'v6'],
          volumes: [
            {
              id: 'vol_old',
              name: 'openclaw_data',
              files: { 'memory.md': 'as it is' },
              snapshots: [{ id: 'vs_then', files: { 'memory.md': 'as it was' } }],
            },
          ],
          machines: [{ id: machine, volume: 'vol_old', image: 'ghcr.io/openclaw/openclaw:2026.9.6' }],
        },
      ],
    };
    return as(
      [{ recording: '2026.5.12/01b-healthy-with-config' }],
      async (person) => {
        const [commands] = blocksUnder(
          pageAt('docs/recovering.md'),
          '## Get the state of a snapshot back',
        ).filter(isShell);
        const lines = (commands ? mine(commands) : '')
          .replaceAll('MACHINE_ID', machine)
          .replaceAll('SNAPSHOT_ID', 'vs_then')
          .replaceAll('IMAGE', image);
        expect(await person.type(lines)).toMatchObject({ ok: true });
        const { volumes, machines } = person.platform.world.apps.get(app) ?? {};
        const states = [...(machines?.values() ?? [])].map(({ state, config }) => {
          const [mount] = config.mounts as [{ readonly volume: string }];
          return [state, volumes?.get(mount.volume)?.files.get('memory.md')];
        });
        expect(states).toEqual([
          ['stopped', 'as it is'],
          ['started', 'as it was'],
        ]);
      },
      seed,
    );
  });
});
