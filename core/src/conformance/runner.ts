/** What a kit needs of a test runner; vitest, node:test, Jest and Mocha all fit. */
export interface TestRunner {
  describe(name: string, fn: () => void): void;
  test(name: string, fn: () => Promise<void> | void): void;
}
