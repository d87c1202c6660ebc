import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { addonPackage, cachedAddon, findOpenCv, openCvLibraries } from '../scripts/lib/opencv.js';

const root = fileURLToPath(new URL('..', import.meta.url));

function setUp(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, ['scripts/setup-opencv.js', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

const nowhere = { OPENCV_INCLUDE_DIR: '/nowhere/include', OPENCV_LIB_DIR: '/nowhere/lib' };

describe('npm run setup:opencv', () => {
  test('says what to install if OpenCV is missing', () => {
    const { status, stderr } = setUp([], nowhere);
    expect(status).toBe(1);
    for (const command of ['apt install libopencv-dev', 'dnf install', 'brew install', 'choco']) {
      expect(stderr).toContain(command);
    }
  });

  test('with --restore-only prints nothing if no build is kept', () => {
    const { status, stdout, stderr } = setUp(['--restore-only'], nowhere);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('accepts a library folder only with all libraries', () => {
    expect(openCvLibraries('/nowhere')).toEqual([]);
    expect(openCvLibraries(root)).toEqual([]);
  });

  test('reuses its result the second time', ({ skip }) => {
    const [folder, openCv] = [addonPackage(), findOpenCv()];
    if (folder === undefined || openCv === undefined || !existsSync(cachedAddon(folder, openCv))) {
      skip('the OpenCV addon is not built; npm run setup:opencv builds it');
    }
    const { status, stdout } = setUp([]);
    expect(stdout).toContain('taken from .cache');
    expect(status).toBe(0);
  });
});
