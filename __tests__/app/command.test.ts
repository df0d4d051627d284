import { describe, expect, test } from 'vitest';
import { heapLimitMb, readGatewayCommand, splitCommand } from '../../src/app/command.ts';

describe('a start command is split as flyctl splits it', () => {
  test.each<[string, string[] | null]>([
    ['node dist/index.js  gateway', ['node', 'dist/index.js', 'gateway']],
    [`sh -c 'a && b "c"'`, ['sh', '-c', 'a && b "c"']],
    ['a "b \\"c\\" d" e', ['a', 'b "c" d', 'e']],
    ['a\\ b c', ['a b', 'c']],
    ['a"b"\'c\'', ['abc']],
    ['a "" b', ['a', '', 'b']],
    ['a # the rest is a comment', ['a']],
    ['a b#c', ['a', 'b#c']],
    ['', []],
    ['a "open', null],
    ["a 'open", null],
    ['a \\', null],
  ])('%j', (command, words) => {
    expect(splitCommand(command)).toEqual(words);
  });
});

describe('what a start command tells the gateway', () => {
  const plain = {
    port: null,
    portGiven: false,
    bind: null,
    allowUnconfigured: false,
    heapMb: null,
    shared: false,
    program: 'node /app/dist/index.js',
  };
  test.each([
    [
      'node dist/index.js gateway --allow-unconfigured --port 3000 --bind lan',
      { port: 3000, portGiven: true, bind: 'lan', allowUnconfigured: true },
    ],
    [
      'openclaw gateway run --port=8080 --bind=auto',
      { port: 8080, portGiven: true, bind: 'auto', program: 'openclaw' },
    ],
    [
      'node --max-old-space-size=1024 openclaw.mjs gateway',
      { heapMb: 1024, program: 'node /app/openclaw.mjs' },
    ],
    ['node /opt/claw/index.js gateway', { program: 'node /opt/claw/index.js' }],
    ['bin/claw gateway', { program: null }],
    ['"a b" gateway', { program: null }],
    ['node openclaw.mjs gateway --port $PORT', { portGiven: true, program: 'node /app/openclaw.mjs' }],
    [`sh -c 'cp a b; exec node dist/index.js gateway --port 3000; '`, { port: 3000, portGiven: true }],
    [`/bin/bash -lc "node dist/index.js gateway --bind lan"`, { bind: 'lan' }],
    [
      `sh -c 'caddy run & node dist/index.js gateway --port 3000'`,
      { port: 3000, portGiven: true, shared: true },
    ],
    [`sh -c 'a && node dist/index.js gateway 2>&1'`, {}],
    [
      `sh -c 'sh /x.sh; exec "$@"' sh node dist/index.js gateway --port 3000`,
      { port: 3000, portGiven: true },
    ],
    [
      `sh -c 'sh /x.sh; exec "$@"' sh sh -c 'a; exec node dist/index.js gateway --port 3000'`,
      { port: 3000, portGiven: true },
    ],
    [`bash -l -c "node dist/index.js gateway --bind lan"`, { bind: 'lan' }],
    [`env CLAW_GATEWAY_PORT=3000 node dist/index.js gateway`, { port: 3000, portGiven: true }],
    [
      `sh -c 'export CLAW_GATEWAY_PORT=3000; node dist/index.js gateway --port 8080'`,
      { port: 8080, portGiven: true },
    ],
    [`sh -c 'CLAW_GATEWAY_PORT=$PORT exec node dist/index.js gateway'`, { portGiven: true }],
    ['openclaw gateway --dev', { allowUnconfigured: true, program: 'openclaw' }],
  ])('%s', (command, expected) => {
    expect(readGatewayCommand(command)).toEqual({ ...plain, ...expected });
  });

  test.each(['sh /data/start.sh', 'npm start', './run-gateway.sh', 'node dist/gateway.js', 'node "open'])(
    'nothing is known of %s',
    (command) => {
      expect(readGatewayCommand(command)).toBeNull();
    },
  );

  test.each([
    ['--max-old-space-size=1536', 1536],
    ['--inspect --max_old_space_size=512 --max-old-space-size=700', 700],
    ['--max-semi-space-size=64', null],
  ])('heap limit of %s', (options, mb) => {
    expect(heapLimitMb(options)).toBe(mb);
  });
});
