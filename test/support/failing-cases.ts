import type { TestRunner } from '@roomkey/core/conformance';

/**
 * Runs a conformance kit against a broken implementation and returns the names of the cases that fail,
 * to prove that the kit detects the fault.
 *
 * @param only the only case to run, of a kit that takes long
 */
export async function failingCases(
  kit: (runner: TestRunner) => void,
  only?: string,
): Promise<string[]> {
  const cases: { readonly name: string; readonly fn: () => Promise<void> | void }[] = [];
  kit({ describe: (_, fn) => fn(), test: (name, fn) => void cases.push({ name, fn }) });
  const failing: string[] = [];
  for (const { name, fn } of cases) {
    if (only !== undefined && name !== only) continue;
    try {
      await fn();
    } catch {
      failing.push(name);
    }
  }
  return failing;
}
