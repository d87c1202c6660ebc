import { symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { PageFiles } from '../../src/server/page-files.js';
import { ask, openServer, uiFolder } from './support.js';

const policies = {
  'permissions-policy': expect.stringContaining(
    'camera=(self), display-capture=(self), microphone=(self), speaker-selection=(self)',
  ) as string,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

describe('the page’s server', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', '<!doctype html><title>Roomkey</title>'],
    ['/index.html', 'text/html; charset=utf-8', '<!doctype html><title>Roomkey</title>'],
    ['/?source=file', 'text/html; charset=utf-8', '<!doctype html><title>Roomkey</title>'],
    ['/assets/index-a_B-1.js', 'text/javascript; charset=utf-8', 'export {};'],
    ['/plugins/0/index.js', 'text/javascript; charset=utf-8', 'half'],
  ])('serves %s', async (path, type, body) => {
    const { server } = await openServer();
    const answer = await ask(server, path);
    expect(answer).toMatchObject({ status: 200, body, headers: { 'content-type': type } });
  });

  it.each([
    '/../secret.js',
    '/assets/../../secret.js',
    '/%2e%2e/secret.js',
    '/%2E%2E%2Fsecret.js',
    '/assets/..%2f..%2fsecret.js',
    '/..%5csecret.js',
    '/..\\secret.js',
    '//secret.js',
    '/./secret.js',
    '/.../secret.js',
    '/index.html%00.js',
    '/index.html/',
    '/assets',
    '/assets/',
    '/notes.txt',
    '/nothing.js',
    '/plugins/1/index.js',
    '/plugins/0/../0/index.js',
    '/plugins/%30/index.js',
    '/plugins/',
    'http://127.0.0.1/index.html',
    '*',
  ])('serves nothing at %s', async (path) => {
    const { server } = await openServer();
    const answer = await ask(server, path);
    expect(answer).toMatchObject({ status: 404, body: 'There is no such file.\n' });
  });

  it('serves nothing at a file’s absolute path', async () => {
    const { server, above } = await openServer();
    for (const path of [join(above, 'secret.js'), `/${join(above, 'secret.js')}`]) {
      expect((await ask(server, path)).status).toBe(404);
    }
  });

  it('follows no link out of its folder', async () => {
    const { above, folder, moduleFile } = await uiFolder();
    await symlink(join(above, 'secret.js'), join(folder, 'link.js'));
    await symlink(above, join(folder, 'up'));
    await writeFile(join(folder, 'real.js'), 'real');
    await symlink(join(folder, 'real.js'), join(folder, 'inside.js'));
    const files = new PageFiles({ folder, moduleFile });
    expect((await files.answer('/link.js')).status).toBe(404);
    expect((await files.answer('/up/secret.js')).status).toBe(404);
    expect((await files.answer('/inside.js')).status).toBe(200);
  });

  it('answers GET and HEAD only', async () => {
    const { server } = await openServer();
    const head = await ask(server, '/', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '' });
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const answer = await ask(server, '/', { method });
      expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD', ...policies } });
    }
  });

  it.each([
    'roomkey.example',
    '127.0.0.1',
    '127.0.0.1:PORT',
    'localhost',
    'localhost:PORT',
    'HOST.roomkey.example',
    'other.localhost:PORT',
    'a.HOST',
    'roomkey.example:PORT',
    '[::1]:PORT',
    'LOCALHOST:PORT@roomkey.example',
  ])('rejects the Host header %s', async (name) => {
    const { server } = await openServer();
    const host = name.replace('HOST', server.host).replace('PORT', String(server.port));
    const answer = await ask(server, '/', { headers: { host } });
    expect(answer).toMatchObject({ status: 403, headers: policies });
    expect(answer.body).not.toContain('Roomkey');
  });

  it('rejects a request without a Host header', async () => {
    const { server } = await openServer();
    const socket = connect(server.port, '127.0.0.1');
    socket.end('GET / HTTP/1.0\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 403 /);
  });

  it('refuses scripts for service workers', async () => {
    const { server } = await openServer();
    const headers = { 'Service-Worker': 'script' };
    const answer = await ask(server, '/assets/index-a_B-1.js', { headers });
    expect(answer).toMatchObject({ status: 403, headers: policies });
    expect(answer.headers).not.toHaveProperty('service-worker-allowed');
  });

  it('lets the page connect to its own origin only', async () => {
    const { server } = await openServer();
    const { host } = server;
    const { headers } = await ask(server, '/');
    const allowed: Record<string, string[]> = {};
    for (const directive of String(headers['content-security-policy']).split('; ')) {
      const [name = '', ...sources] = directive.split(' ');
      (allowed[sources.join(' ')] ??= []).push(name);
    }
    expect(allowed).toEqual({
      [`'self' ws://${host}`]: ['connect-src'],
      "'none'": ['default-src', 'base-uri', 'form-action', 'frame-ancestors'],
      "'self'": ['script-src', 'style-src', 'font-src', 'worker-src'],
      "'self' blob:": ['img-src', 'media-src'],
      "'script'": ['require-trusted-types-for'],
      default: ['trusted-types'],
    });
  });

  it('sends the policies with every response', async () => {
    const { server } = await openServer();
    for (const path of ['/', '/nothing.js', '/plugins/0/index.js', '/%2e%2e/secret.js']) {
      const { headers } = await ask(server, path);
      expect(headers).toMatchObject(policies);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['permissions-policy']).toContain('geolocation=()');
      expect(headers).not.toHaveProperty('set-cookie');
    }
  });

  // On other systems only one address is loopback.
  it.runIf(process.platform === 'linux')('listens on loopback only', async () => {
    const { server } = await openServer();
    const socket = connect(server.port, '127.0.0.2');
    await expect(
      new Promise((resolve, reject) => socket.on('connect', resolve).on('error', reject)),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
