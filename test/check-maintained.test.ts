import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { electronLines, judgeElectron } from '../scripts/lib/maintained.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs one of the scripts with a fake npm, which prints the result of `answer` for each command. */
function runWithNpm(script: string, answer: (args: string) => unknown, asked: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'roomkey-npm-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const answers = Object.fromEntries(asked.map((args) => [args, answer(args)]));
  const npm = join(folder, 'npm-cli.js');
  writeFileSync(
    npm,
    `const answer = ${JSON.stringify(answers)}[process.argv.slice(2).join(' ')];
    // Like npm, if it has found something or could not ask.
    if (answer !== undefined) console.log(JSON.stringify(answer));
    process.exitCode = 1;`,
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, script)], {
    env: { ...process.env, npm_execpath: npm },
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

describe('a line of Electron', () => {
  const today = new Date('2026-12-01');
  const published = [
    '42.9.0',
    '43.8.12',
    '44.11.5',
    '45.0.0',
    '45.5.0',
    '45.10.1',
    '46.0.0-beta.2',
  ];

  test.each([
    ['43.8.12', 'Electron 43 is maintained, as one of 43 to 45.'],
    ['45.10.1', 'Electron 45 is maintained, as one of 43 to 45.'],
    ['45.5.0', 'Electron 45 is maintained, as one of 43 to 45. Its newest is 45.10.1: take that.'],
  ])('is maintained where it is among the newest three: %s', (version, text) => {
    expect(judgeElectron(version, published, today)).toEqual({ isMaintained: true, text });
  });

  test('is no longer maintained once the third newer line is out, whatever the date', () => {
    for (const day of [today, new Date('2026-10-01'), new Date('2030-01-01')]) {
      expect(judgeElectron('42.9.0', published, day)).toEqual({
        isMaintained: false,
        text: 'Electron 42.9.0 gets no fixes any more: the lines 43 to 45 do. Take one of them, in hosts/desktop/package.json and electron-builder.json.',
      });
    }
  });

  test('counts as maintained for 24 weeks at least if the registry does not answer', () => {
    const last = new Date('2027-04-06T23:59:59Z');
    expect(judgeElectron('45.5.0', undefined, last)).toEqual({
      isMaintained: true,
      text: 'Electron 45 is maintained until 2027-04-07 at least.',
    });
    const next = new Date('2027-04-07');
    expect(judgeElectron('45.5.0', undefined, next)).toMatchObject({ isMaintained: false });
  });

  test('does not count as maintained if neither the registry nor a date says so', () => {
    const { isMaintained, text } = judgeElectron('99.0.0', undefined, today);
    expect(isMaintained).toBe(false);
    expect(text).toContain('Add that day.');
  });
});

describe('npm run check:maintained', () => {
  const asked = ['view electron versions --json'];
  const file = join(root, 'hosts/desktop/electron-builder.json');
  const { electronVersion } = JSON.parse(readFileSync(file, 'utf8')) as { electronVersion: string };
  const line = Number(electronVersion.split('.')[0]);

  test('passes while the packed line is among the newest three, and fails after that', () => {
    const check = (newest: number) =>
      runWithNpm('scripts/check-maintained.js', () => [electronVersion, `${newest}.0.0`], asked);
    expect(check(line + 2)).toMatchObject({ status: 0 });
    const { status, said } = check(line + 3);
    expect(status).toBe(1);
    expect(said).toContain(`Electron ${electronVersion} gets no fixes any more`);
  });

  test('has a date for the packed line, in case the registry does not answer', () => {
    expect(Object.keys(electronLines)).toContain(String(line));
  });
});

describe('npm run audit', () => {
  const asked = ['audit --json --omit=dev', 'audit --json'];
  const report = (...names: readonly string[]) => ({
    auditReportVersion: 2,
    vulnerabilities: Object.fromEntries(
      names.map((name) => [name, { severity: 'high', range: '<2.0.0' }]),
    ),
  });

  test('passes if the registry knows no fault', () => {
    const { status, said } = runWithNpm('scripts/audit.js', () => report(), asked);
    expect(status).toBe(0);
    expect(said.match(/nothing is known against it/g)).toHaveLength(3);
  });

  test('fails for a known fault of an installed package, and names it', () => {
    const known = (args: string) => report(...(args.includes('--omit=dev') ? ['ws'] : []));
    const { status, said } = runWithNpm('scripts/audit.js', known, asked);
    expect(status).toBe(1);
    expect(said).toContain('What is installed: 1 packages with known faults');
    expect(said).toContain('  ws <2.0.0: high');
  });

  test('fails for a known fault of Electron, which is not an installed dependency', () => {
    const known = (args: string) => report(...(args.includes('--omit=dev') ? [] : ['electron']));
    const { status, said } = runWithNpm('scripts/audit.js', known, asked);
    expect(status).toBe(1);
    expect(said).toMatch(/^Electron and what builds the app: 1 /m);
  });

  test.each([
    [
      'refuses',
      { message: '405 Method Not Allowed', statusCode: 405 },
      ' (405 Method Not Allowed)',
    ],
    ['does not answer', undefined, ''],
  ])('says that nothing was audited where the registry %s', (_what, answer, why) => {
    const { status, said } = runWithNpm('scripts/audit.js', () => answer, asked);
    expect(status).toBe(0);
    expect(said).toContain(`not audited, since the registry cannot be asked${why}.`);
  });
});
