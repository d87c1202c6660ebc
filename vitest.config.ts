import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './test/support/summary-reporter.js';

const everything = ['{core,plugins/*,hosts/*}/test/**/*.test.ts', 'test/**/*.test.ts'];
/** Sound and paint wait for no one: these run alone, after all others. */
const realTime = [
  'test/sound.test.ts',
  'test/desktop-sound.test.ts',
  'test/desktop-screen-sound.test.ts',
  'test/desktop-page.test.ts',
  'plugins/audio-browser/test/chromium-sound.test.ts',
];

// Tests run on the sources, so that a failure names a line that you can edit. Tests that start a
// second process run the build, as a user does.
export default defineConfig({
  oxc: { decorator: { legacy: true } },
  ssr: { resolve: { conditions: ['roomkey-source'] } },
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    globalSetup: 'test/support/parts.ts',
    reporters: ['default', new SummaryReporter()],
    projects: [
      {
        extends: true,
        test: { name: 'tests', include: everything, exclude: realTime },
      },
      {
        extends: true,
        test: {
          name: 'real time',
          include: realTime,
          // What else a shared computer does disturbs sound; a fault of ours fails each time.
          retry: 2,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
