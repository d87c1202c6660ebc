import { expect, test, vi } from 'vitest';
import { secretVariables as ofScripts } from '../../../scripts/lib/run.js';
import { childEnvironment, ownEnvironment, secretVariables } from '../../src/util/environment.js';

test('ownEnvironment removes secrets from process.env and still returns them later', () => {
  for (const name of secretVariables) vi.stubEnv(name, `the ${name}`);
  vi.stubEnv('ROOMKEY_EMPTY', '');
  try {
    const read = ownEnvironment();
    for (const name of secretVariables) {
      expect(read[name]).toBe(`the ${name}`);
      expect(process.env).not.toHaveProperty(name);
      expect(ownEnvironment()[name]).toBe(`the ${name}`);
    }
    expect(read).not.toHaveProperty('ROOMKEY_EMPTY');
    expect(read['PATH']).toBe(process.env['PATH']);
  } finally {
    vi.unstubAllEnvs();
  }
});

test('childEnvironment contains no secrets other than those passed explicitly', () => {
  const environment = { PATH: '/bin', ROOMKEY_PASSWORD: 'a', Mongo_Uri: 'b', MONGO_URI: 'c' };
  expect(childEnvironment({}, environment)).toEqual({ PATH: '/bin' });
  expect(childEnvironment({ MONGO_URI: 'd' }, environment)).toEqual({
    PATH: '/bin',
    MONGO_URI: 'd',
  });
});

test('childEnvironment with a filter contains only allowed variables and no secrets', () => {
  const environment = { PATH: '/bin', AWS_SECRET: 'a', MONGO_URI: 'b' };
  expect(childEnvironment({ MORE: 'c' }, environment, /^(PATH|MONGO_URI)$/)).toEqual({
    PATH: '/bin',
    MORE: 'c',
  });
});

test('the scripts, which run before core is built, have the same list of secrets', () => {
  expect(ofScripts).toEqual(secretVariables);
});
