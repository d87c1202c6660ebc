import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { missingMachines } from '../../bench/machines.js';
import { chromiumProgram } from './chromium-program.js';
import { findCommand } from './commands.js';
import { mongoProgram } from './mongo-program.js';

/** Checks for a part: undefined if it is available, or else the reason and the remedy. */
type Check = () => string | undefined;

const root = fileURLToPath(new URL('../..', import.meta.url));

// Loads the addon like camera-opencv, without the package around it, which needs more.
const loadOpenCv = `
  const { dirname, join } = require('node:path');
  const folder = dirname(require.resolve('@u4/opencv4nodejs'));
  require(join(folder, '../../build/Release/opencv4nodejs.node'));`;

/** The parts that some tests need and not every computer has. */
const checks = {
  opencv: () =>
    succeeds(process.execPath, ['-e', loadOpenCv], 'plugins/camera-opencv')
      ? undefined
      : 'the OpenCV addon is not built; npm run setup:opencv builds it',
  ffmpeg: () => missingCommand('ffmpeg') ?? missingCommand('ffprobe'),
  tshark: () => missingCommand('tshark'),
  netns: missingMachines,
  nft: () => missingMachines() ?? missingCommand('nft'),
  chromium: missingChromium,
  /** A server, which the tests may share with others. */
  mongo: () => (process.env['MONGO_URL'] === undefined ? missingMongoProgram() : undefined),
  /** A server that a test may stop. */
  mongod: missingMongoProgram,
  /** The right to create files of other users. */
  users: () =>
    process.platform !== 'win32' && process.getuid?.() === 0 ? undefined : 'this needs root',
  vectors: () => {
    const folder = process.env['ROOMKEY_VECTORS'];
    if (folder === undefined) return 'ROOMKEY_VECTORS does not name the folder of test vectors';
    return existsSync(folder) ? undefined : `ROOMKEY_VECTORS names ${folder}, which does not exist`;
  },
} satisfies Record<string, Check>;

/** The name of a part that tests may need. */
export type Part = keyof typeof checks;

/** The reason for each missing part. */
export type MissingParts = Readonly<Partial<Record<Part, string>>>;

declare module 'vitest' {
  interface ProvidedContext {
    missingParts: MissingParts;
    requiredParts: readonly Part[];
  }
}

/** Vitest's global setup: checks once, and provides the result to every test file. */
export default function setup(project: TestProject): void {
  const missing: Partial<Record<Part, string>> = {};
  for (const part of partNames) {
    const reason = checks[part]();
    if (reason !== undefined) missing[part] = reason;
  }
  project.provide('missingParts', missing);
  project.provide('requiredParts', requiredParts(process.env['ROOMKEY_REQUIRE'] ?? ''));
}

const partNames = Object.keys(checks) as Part[];

/** Parses `ROOMKEY_REQUIRE`: `all`, or names of parts separated by commas. */
function requiredParts(list: string): readonly Part[] {
  if (list === 'all') return partNames;
  const names = list.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !partNames.some((part) => part === name));
  if (unknown !== undefined) {
    throw new Error(
      `ROOMKEY_REQUIRE names '${unknown}'; the parts are ${partNames.join(', ')}, or all.`,
    );
  }
  return partNames.filter((part) => names.includes(part));
}

function missingCommand(command: string): string | undefined {
  return findCommand(command) === undefined ? `${command} is not on the path` : undefined;
}

function missingChromium(): string | undefined {
  const path = chromiumProgram();
  if (path === undefined) {
    return 'no Chromium is on the path; install the package chromium, or set ROOMKEY_CHROMIUM to its path';
  }
  return succeeds(path, ['--version']) ? undefined : `${path} does not run`;
}

function missingMongoProgram(): string | undefined {
  if (mongoProgram() !== undefined) return undefined;
  return 'neither mongod is on the path nor FerretDB built; npm run setup:ferretdb builds it';
}

function succeeds(command: string, args: readonly string[], folder = '.'): boolean {
  try {
    execFileSync(command, args, { cwd: join(root, folder), stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
