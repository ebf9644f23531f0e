// Stores
export type { OpenStateStoreOptions } from "./open-state-store.ts";
export { openStateStore } from "./open-state-store.ts";
export type { MemoryStateStoreOptions } from "./memory-state-store.ts";
export { MemoryStateStore } from "./memory-state-store.ts";

// Errors
export { StateConflictError, StateError, StateStoreClosedError, StoreIdFileError } from "./state-error.ts";
