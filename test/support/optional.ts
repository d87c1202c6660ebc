import { describe, inject, test } from 'vitest';
import type { Part } from './parts.js';

declare module 'vitest' {
  interface TaskMeta {
    /** The missing part because of which the tests of this suite are skipped. */
    missingPart?: Part;
  }
}

/**
 * A suite that needs a part which not every computer has.
 *
 * Without the part its tests are skipped, and the end of the run says why. If `ROOMKEY_REQUIRE` names
 * the part (or is `all`), they are one failing test instead. The body always runs, so that its tests
 * are counted: use the part in tests and hooks only.
 *
 * @example
 * ```ts
 * describeWith('ffmpeg', 'the written file', () => {
 *   test('plays', async () => { … });
 * });
 * ```
 */
export function describeWith(part: Part, name: string, body: () => void): void {
  const reason = inject('missingParts')[part];
  if (reason === undefined) {
    describe(name, body);
  } else if (inject('requiredParts').includes(part)) {
    describe(name, () => {
      test(`has what it needs: ${part}`, () => {
        throw new Error(`ROOMKEY_REQUIRE asks for ${part}, but ${reason}.`);
      });
    });
  } else {
    describe(name, { skip: true, meta: { missingPart: part } }, body);
  }
}
