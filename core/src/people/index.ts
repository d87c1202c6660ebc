export { isAccount } from './account-record.js';
export { Accounts, AccountsToken, type AccountsOptions } from './accounts.js';
export type { ImportOptions, ImportResult, RefusedUser } from './import-users.js';
export {
  fingerprint,
  KnownPeople,
  PersonChangedError,
  type Acquaintance,
  type KnownPerson,
  type Person,
} from './known-people.js';
export { parseLegacyUsers, type LegacyUser } from './legacy-users.js';
export { SessionFile, type SignedIn } from './session-file.js';
