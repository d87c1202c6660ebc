import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './test/support/summary-reporter.js';

// Tests run on the sources, so that a failure names a line that you can edit. Tests that start a
// second process run the build, as a user does.
export default defineConfig({
  oxc: { decorator: { legacy: true } },
  ssr: { resolve: { conditions: ['roomkey-source'] } },
  test: {
    include: ['{core,plugins/*,hosts/*}/test/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    globalSetup: 'test/support/parts.ts',
    reporters: ['default', new SummaryReporter()],
  },
});
