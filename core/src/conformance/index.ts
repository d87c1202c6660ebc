/**
 * The cases that every implementation of a contract must pass, and implementations in memory that
 * pass them. Each kit takes the test runner as an argument.
 *
 * @packageDocumentation
 */
export type { TestRunner } from './runner.js';
export { MemoryDisk, MemoryStorage } from './memory-storage.js';
export * from './storage.js';
