import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { MessageType } from '../core/src/secure/handshake-messages.js';
import { RecordType } from '../core/src/secure/records.js';
import { capture, capturedMessages, type CapturedMessage } from './support/capture.js';
import { openMachine } from './support/network.js';
import { describeWith } from './support/optional.js';
import { inPhase, isLive, ROOMKEY, Shell } from './support/shell.js';
import { Terminal } from './support/terminal.js';

vi.setConfig({ testTimeout: 120_000 });

const small = ['--camera', 'pattern', '--size', '320x180', '--fps', '15'] as const;
/** Pings and video would go on meanwhile: each side pings once a second, and has 15 frames a second. */
const WAIT_MS = 3_000;
/** Longer than an answer may come too early. */
const READING_MS = 1_000;

async function people() {
  const machine = await openMachine();
  const shell = (): Promise<Shell> =>
    Shell.open({ ROOMKEY_PASSWORD: 'correct horse battery' }, machine.prefix);
  const [grace, dora, eve] = [await shell(), await shell(), await shell()];
  await grace.json('account', 'create', 'Grace');
  await dora.json('account', 'create', 'Dora');
  await eve.json('account', 'create', 'Eve');
  await grace.json('room', 'create', 'Lab');
  return { machine, grace, dora, eve };
}

/** The types of the records one way, without pings. */
function recordTypes(
  messages: readonly CapturedMessage[],
  from: CapturedMessage['from'],
): number[] {
  return messages
    .filter((message) => message.from === from && message.type >= RecordType.data)
    .map(({ type }) => type)
    .filter((type) => type !== RecordType.ping);
}

describeWith('netns', 'letting people in', () => {
  describeWith('tshark', 'at a terminal', () => {
    it('sends a guest nothing but hello before it is let in, as a capture shows', async () => {
      const { machine, grace, dora, eve } = await people();
      const folder = await Shell.open({});
      const path = join(folder.home, 'capture.pcapng');
      const stop = await capture(machine, path);
      const host = new Terminal([process.execPath, ROOMKEY, 'join', 'Lab', ...small], {
        folder: grace.home,
        environment: { ROOMKEY_HOME: grace.home },
        prefix: machine.prefix,
      });
      await host.shows('Waiting in “Lab”');
      const guest = dora.start('join', 'Lab', ...small, '--frames', '5', '--json');
      await guest.line(inPhase('knocking'));
      await host.shows('Let Dora in? y or n:');
      await sleep(WAIT_MS);
      await stop();

      const messages = await capturedMessages(path);
      const call = messages.find(({ type }) => type === MessageType.guestHello)?.connection;
      const ofCall = messages.filter(({ connection }) => connection === call);
      expect(recordTypes(ofCall, 'caller')).toEqual([RecordType.control]);
      expect(recordTypes(ofCall, 'callee')).toEqual([RecordType.control]);
      // Both were alive meanwhile.
      const pings = ofCall.filter(({ type }) => type === RecordType.ping).map(({ from }) => from);
      expect(new Set(pings)).toEqual(new Set(['caller', 'callee']));
      // No other connection leads to the guest.
      const records = messages.filter(({ type }) => type >= RecordType.data);
      expect(new Set(records.map(({ connection }) => connection))).toEqual(new Set([call]));

      host.type('y\r');
      await guest.line(isLive);
      await host.shows('Dora is here, for the first time.');
      expect((await guest.finished).code).toBe(0);
      await host.shows('Dora left.');

      // The next one has to be let in, too, and is not.
      const other = eve.start('join', 'Lab', ...small, '--json');
      await host.shows('Let Eve in? y or n:');
      // It reads what was typed before as no answer.
      await sleep(READING_MS);
      host.type('n\r');
      const refused = await other.finished;
      expect(refused.code).toBe(4);
      expect(refused.stderr).toContain('error: Grace didn’t let you in.');
      const again = await eve.run('join', 'Lab', ...small);
      expect(again.stderr).toContain('error: Grace didn’t let you in.');
    });
  });

  it('takes nothing for an answer that was typed before its question', async () => {
    const { machine, grace, dora, eve } = await people();
    const host = new Terminal([process.execPath, ROOMKEY, 'join', 'Lab', ...small], {
      folder: grace.home,
      environment: { ROOMKEY_HOME: grace.home },
      prefix: machine.prefix,
    });
    await host.shows('Waiting in “Lab”');
    host.type('y');
    const first = dora.start('join', 'Lab', ...small, '--json');
    await first.line(inPhase('knocking'));
    await host.shows('Let Dora in? y or n:');
    await sleep(READING_MS);
    host.type('y');
    await first.kill();
    await host.shows('Dora is gone.');
    const second = eve.start('join', 'Lab', ...small, '--json');
    const asked = await host.shows('Let Eve in? y or n:');
    await sleep(READING_MS);
    // Half an answer, meant for Dora, stands in the line.
    host.type('\r');
    await host.shows('Let Eve in? y or n:', asked);
    host.type('n\r');
    expect((await second.finished).code).toBe(4);
    host.type('\u0003');
    await host.shows('Left “Lab”');
  });

  it('without a terminal lets in people met before, and no one else', async () => {
    const { grace, dora, eve } = await people();
    const first = grace.start('join', 'Lab', ...small, '--let-in', 'anyone', '--json');
    await first.line(inPhase('waiting'));
    expect((await dora.run('join', 'Lab', ...small, '--frames', '1')).code).toBe(0);
    first.signal('SIGINT');
    await first.finished;

    const second = grace.start('join', 'Lab', ...small, '--json');
    await second.line(inPhase('waiting'));
    const refused = await eve.run('join', 'Lab', ...small, '--json');
    expect(refused.code).toBe(4);
    const last = refused.stdout.toString().trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ error: { code: 'RK_ROOM_DECLINED' } });
    await second.line(({ event, code }) => event === 'notice' && code === 'RK_ROOM_DECLINED');
    const joined = await dora.run('join', 'Lab', ...small, '--frames', '1');
    expect([joined.code, joined.stderr]).toEqual([
      0,
      expect.stringContaining(
        'Perhaps no one is looking: Grace lets people in without a question.',
      ),
    ]);
    second.signal('SIGINT');
    expect((await second.finished).stderr).toContain(
      'Only people you’ve met can join. They come in without a question, and are told that perhaps no one is looking.',
    );
  });

  it('refuses to ask where there is no terminal', async () => {
    const { grace } = await people();
    const { code, stderr } = await grace.run('join', 'Lab', '--let-in', 'ask');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--let-in ask needs a terminal')]);
  });
});
