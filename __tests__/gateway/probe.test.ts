import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  listenersCommand,
  parseListeners,
  parseReadiness,
  parseUptime,
  readinessCommand,
} from '../../src/gateway/probe.ts';

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

describe('listening sockets', () => {
  it.each([
    [
      'every IPv4 address',
      '   0: 00000000:0BB8 00000000:0000 0A 0:0 00:0 0 1000 0 1',
      [{ address: '0.0.0.0', port: 3000 }],
    ],
    [
      'loopback only',
      '   0: 0100007F:0BB8 00000000:0000 0A 0:0 00:0 0 1000 0 1',
      [{ address: '127.0.0.1', port: 3000 }],
    ],
    [
      'IPv6 loopback',
      '   0: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 0',
      [{ address: '::1', port: 3000 }],
    ],
    [
      'every IPv6 address',
      '   0: 00000000000000000000000000000000:4965 00000000000000000000000000000000:0000 0A 0',
      [{ address: '::', port: 18789 }],
    ],
    [
      'an IPv4 address mapped into IPv6',
      '   0: 0000000000000000FFFF00000100007F:0BB8 00000000000000000000000000000000:0000 0A 0',
      [{ address: '127.0.0.1', port: 3000 }],
    ],
    [
      'a private address of Fly',
      '   0: 0000AAFD7B0AC4000000000002000000:0016 00000000000000000000000000000000:0000 0A 0',
      [{ address: 'fdaa:0:c4:a7b:0:0:0:2', port: 22 }],
    ],
    [
      'an established connection, which is no listener',
      '   0: 0100007F:0BB8 0100007F:8888 01 0:0 00:0 0 1000 0 1',
      [],
    ],
    ['nothing', '', []],
  ])('reads %s', (_, row, expected) => {
    expect(parseListeners(`${header}${row}\n`)).toEqual(expected);
  });

  it('says nothing when the text is no socket table', () => {
    expect(parseListeners('cat: /proc/net/tcp: No such file or directory')).toBeNull();
    expect(parseListeners('')).toBeNull();
  });

  it.runIf(process.platform === 'linux')(
    'finds a real listener of this machine with the very command that is sent',
    async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const { port } = server.address() as AddressInfo;
      const [program = '', ...files] = listenersCommand.split(' ');
      const seen = parseListeners(
        execFileSync(program, files, { encoding: 'utf8', maxBuffer: Number.POSITIVE_INFINITY }),
      );
      server.close();
      expect(seen).toContainEqual({ address: '127.0.0.1', port });
    },
  );
});

describe('readiness', () => {
  it.runIf(process.platform !== 'win32')(
    'asks a real gateway port from inside and reads both answers',
    async () => {
      const server = createServer((request, response) => {
        response.statusCode = request.url === '/readyz' ? 503 : 200;
        response.end(request.url === '/readyz' ? '{"failing":["discord"]}' : '{"ok":true}');
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const { port } = server.address() as AddressInfo;
      const { execFile } = await import('node:child_process');
      const stdout = await new Promise<string>((done) =>
        execFile('sh', ['-c', readinessCommand(port)], (_, out) => done(out)),
      );
      server.close();
      expect(parseReadiness(stdout)).toEqual({
        healthz: { status: 200, body: '{"ok":true}' },
        readyz: { status: 503, body: '{"failing":["discord"]}' },
      });
    },
  );

  it.each(['', 'sh: node: not found', 'openclaw-probe {"healthz":', 'openclaw-probe 7', '{"healthz":null}'])(
    'takes %j for no answer',
    (stdout) => {
      expect(parseReadiness(stdout)).toEqual({ healthz: null, readyz: null });
    },
  );

  it('keeps the half that was answered', () => {
    expect(parseReadiness('openclaw-probe {"healthz":{"status":200,"body":"ok"},"readyz":null}\n')).toEqual({
      healthz: { status: 200, body: 'ok' },
      readyz: null,
    });
  });
});

describe('the uptime of a machine', () => {
  it('stands before the sockets', () => {
    const stdout = `62.35 120.10\n${header}   0: 00000000:0BB8 00000000:0000 0A 0:0 00:0 0 1000 0 1\n`;
    expect(parseUptime(stdout)).toBe(62_350);
    expect(parseListeners(stdout)).toEqual([{ address: '0.0.0.0', port: 3000 }]);
  });

  it.each(['', header, 'cat: /proc/uptime: No such file or directory'])('is not known from %j', (stdout) => {
    expect(parseUptime(stdout)).toBeNull();
  });
});
