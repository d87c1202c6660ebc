/** The test runner interface of the kits; vitest, node:test, Jest and Mocha fit. */
export interface TestRunner {
  describe(name: string, fn: () => void): void;
  test(name: string, fn: () => Promise<void> | void): void;
}
