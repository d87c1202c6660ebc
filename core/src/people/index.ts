export { Accounts, AccountsToken, type AccountsOptions, type SignedIn } from './accounts.js';
export {
  fingerprint,
  KnownPeople,
  type Acquaintance,
  type KnownPerson,
  type Person,
} from './known-people.js';
