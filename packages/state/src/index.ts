// Stores
export type { OpenStateStoreOptions } from "./open-state-store.ts";
export { openStateStore } from "./open-state-store.ts";
export type { MemoryStateStoreOptions } from "./memory/memory-state-store.ts";
export { MemoryStateStore } from "./memory/memory-state-store.ts";

// Errors: base, use of a store
export {
  InvalidStateNumberError,
  StateConflictError,
  StateError,
  StateStoreClosedError,
} from "./state-error.ts";
// Where the store is
export { InvalidStateUriError, StateDriverError } from "./state-place-error.ts";
// The database
export {
  StateCommitUnknownError,
  StateDatabaseError,
  StateQueryError,
  StateSchemaTooNewError,
  StateStoreBusyError,
  StateStoreCorruptError,
  StateStoreFullError,
  StateStoreUnavailableError,
} from "./state-database-error.ts";
// The secret
export {
  SecretKeyFileError,
  StateSecretMismatchError,
  StateSecretMissingError,
} from "./state-secret-error.ts";
