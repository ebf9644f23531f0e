import { type OpenStateStoreOptions, openStateStore } from "@conduit/state";
import type { StateStore } from "@conduit/types";
import type { Clock } from "../../clock.ts";
import { EPOCH_MS } from "../stand-in/stand-in-provider.ts";

export type DatabaseOptions = Pick<OpenStateStoreOptions, "reconnectTimeoutMs" | "busyTimeoutMs">;

export type CaseClock = Pick<Clock, "nowMs">;

/** Makes a store for a case whose files lie in `directory`, and which counts by `clock`. */
export type PrepareStore = (directory: string, clock: CaseClock) => Promise<void>;

/** Makes stores for the cases of a harness. */
export interface StoreKind extends AsyncDisposable {
  readonly name: "memory" | "sqlite" | "postgres";
  /** Makes an empty store. */
  readonly prepare: PrepareStore;
  /** Whether the simulated processes of a case use one open store. Default: each opens its own. */
  readonly isShared?: boolean;
  /** Opens the case's store once more, as another process would. */
  open(directory: string, clock: CaseClock): Promise<StateStore>;
  /**
   * How to make stores that hold what was committed to the case's by now, but for its events, by which nobody decides anything. Works also
   * while a transaction is under way, but not while one is being committed.
   */
  save(directory: string): Promise<PrepareStore>;
  /** How another process finds the case's store; `undefined` where none can. */
  uri(directory: string): string | undefined;
}

/** Seals the endpoint keys in a database that has no file beside it. */
const SECRET = "secret of the harness";

/** Opens a store that lies in a database, and counts by the case's clock. */
export function openDatabase(
  uri: string,
  clock: CaseClock,
  options: DatabaseOptions = {},
): Promise<StateStore> {
  const secret = uri.startsWith("sqlite:") ? undefined : SECRET;
  return openStateStore({ uri, secret, clock: storeTime(clock), ...options });
}

/** The case's time as stores count it. */
export function storeTime(clock: CaseClock): () => number {
  return () => EPOCH_MS + Math.floor(clock.nowMs());
}

/** A store that goes on when one of those who use it closes it. */
export function shared(store: StateStore | undefined): StateStore {
  if (store === undefined) throw new Error("expected a store that was prepared");
  return {
    storeId: (options) => store.storeId(options),
    transaction: (body, options) => store.transaction(body, options),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
