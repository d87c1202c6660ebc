import { defineConfig } from 'vitest/config';

// Not a test: `npx vitest run --config test/screenshots/vitest.config.ts` writes the pictures in docs/.
export default defineConfig({
  ssr: { resolve: { conditions: ['roomkey-source'] } },
  test: {
    dir: import.meta.dirname,
    include: ['take.ts'],
    testTimeout: 600_000,
  },
});
