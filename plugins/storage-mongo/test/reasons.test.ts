import { createSocket } from 'node:dgram';
import dns from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cert, key } from './certificate.js';
import { create } from './support.js';

interface Failure {
  readonly code: string;
  readonly message: string;
}

async function failureOf(uri: string): Promise<Failure> {
  const error: unknown = await create({ uri }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  return error as Error & Failure;
}

describe('settings that can never work', () => {
  it.each([
    'mongodb+srv://localhost/roomkey',
    'mongodb+srv://anna:x@lab.localhost/roomkey',
    'mongodb+srv://127.0.0.1',
  ])('are refused, and are no reason to fall back: %s', async (uri) => {
    await expect(create({ uri })).rejects.toThrow('must begin with mongodb://');
  });

  it.each([
    'mongodb+srv://a.example.com,b.example.com',
    'mongodb://127.0.0.1:99999',
    'mongodb://127.0.0.1:1/?authMechanism=FOO',
    'mongodb://127.0.0.1:1/?authMechanism=SCRAM-SHA-256',
    'mongodb://127.0.0.1:1/?loadBalanced=true&replicaSet=x',
    'mongodb://127.0.0.1:1/?srvMaxHosts=2',
    'mongodb://127.0.0.1:1/?nosuch=1',
    'mongodb://127.0.0.1:1,127.0.0.1:2/?directConnection=true',
  ])('are RK_CONFIG_INVALID: %s', async (uri) => {
    expect((await failureOf(uri)).code).toBe('RK_CONFIG_INVALID');
  });
});

describe('a special character in the user name or the password', () => {
  it.each(['ge/heim', 'ge@heim', 'ge:heim', 'ge?heim', 'ge#heim', 'ge%heim', 'ge[heim', '1/heim@'])(
    'that is not escaped is reported, without showing either: %j',
    async (password) => {
      const uri = `mongodb://anna:${password}@127.0.0.1:1/lab`;
      const error: unknown = await create({ uri }).catch((thrown: unknown) => thrown);
      const said = inspect(error, { depth: Infinity, showHidden: true });
      expect(said).toContain('%2F');
      expect(said).not.toMatch(/anna|heim/);
    },
  );
});

describe('a name', () => {
  /** Starts a name server, which is used until the end of the test. */
  async function useNameServer(answer?: (query: Buffer) => Buffer): Promise<void> {
    const server = createSocket('udp4');
    const before = dns.getServers();
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    if (answer === undefined) server.close();
    else server.on('message', (query, from) => server.send(answer(query), from.port, from.address));
    dns.setServers([`127.0.0.1:${port}`]);
    onTestFinished(() => {
      dns.setServers(before);
      if (answer !== undefined) server.close();
    });
  }

  /** RFC 1035, section 4.1.1: the query again, as an answer with this code. */
  const withCode = (code: number) => (query: Buffer) => {
    const answer = Buffer.from(query);
    answer[2] = (answer[2] ?? 0) | 0x80;
    answer[3] = 0x80 | code;
    return answer;
  };

  it('without a name server is reported as such', async () => {
    await useNameServer();
    expect(await failureOf('mongodb+srv://db.example.com/roomkey')).toMatchObject({
      code: 'RK_PLUGIN_UNAVAILABLE',
      message: expect.stringContaining('cannot be looked up: no name server answers') as string,
    });
  });

  it('whose name server stays silent is reported as such', async () => {
    await useNameServer(() => Buffer.alloc(0));
    expect(await failureOf('mongodb+srv://db.example.com/roomkey')).toMatchObject({
      code: 'RK_PLUGIN_UNAVAILABLE',
      message: expect.stringContaining('cannot be looked up: no name server answers') as string,
    });
  });

  it('that the name server does not know is reported as such', async () => {
    await useNameServer(withCode(3));
    expect(await failureOf('mongodb+srv://db.example.com/roomkey')).toMatchObject({
      code: 'RK_PLUGIN_UNAVAILABLE',
      message: expect.stringContaining('its name has no SRV records') as string,
    });
  });

  it('that the system cannot look up is reported as such', async () => {
    const { message } = await failureOf('mongodb://unknown.invalid');
    expect(message).toMatch(/cannot be (found: its name is not known|looked up)/);
  });
});

describe('TLS', () => {
  async function listen(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
  }

  it('with an untrusted certificate is a configuration error', async () => {
    const port = await listen(createTlsServer({ cert, key }, (socket) => socket.destroy()));
    expect(await failureOf(`mongodb://127.0.0.1:${port}/?tls=true`)).toMatchObject({
      code: 'RK_CONFIG_INVALID',
      message: expect.stringContaining('has no TLS certificate that this machine trusts') as string,
    });
  });

  it('with a certificate for another name is a configuration error', async () => {
    const port = await listen(createTlsServer({ cert, key }, (socket) => socket.destroy()));
    const folder = await mkdtemp(join(tmpdir(), 'roomkey-tls-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'authority.pem');
    await writeFile(file, cert);
    expect(
      await failureOf(`mongodb://127.0.0.1:${port}/?tls=true&tlsCAFile=${file}`),
    ).toMatchObject({
      code: 'RK_CONFIG_INVALID',
      message: expect.stringContaining('for another name') as string,
    });
  });

  it('that the server does not support is a configuration error', async () => {
    const port = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      }),
    );
    expect(await failureOf(`mongodb://127.0.0.1:${port}/?tls=true`)).toMatchObject({
      code: 'RK_CONFIG_INVALID',
      message: expect.stringContaining('does not agree on TLS') as string,
    });
  });
});
