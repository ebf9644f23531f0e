import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import type { CallOptions, StateStore } from "@conduit/types";
import { MemoryDatabase } from "./memory-database.ts";
import { MemoryStateStore } from "./memory-state-store.ts";
import { storeIdFromFile } from "./store-id-file.ts";

export interface OpenProcessStateStoreOptions extends CallOptions {
  /** Folder of the user's state. Default `$XDG_STATE_HOME/conduit`, or `~/.local/state/conduit`. */
  readonly directory?: string | undefined;
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly clock?: (() => number) | undefined;
}

/** What this process keeps per folder, so that all who open the same store see the same rows. */
const databases = new Map<string, MemoryDatabase>();

/**
 * Opens the user's state store. Its UUID is kept in the file `store-id`, so that all programs of a user recognise the nodes of
 * each other; rows live as long as the process.
 *
 * @throws StoreIdFileError when the file cannot be read or made, or holds something else.
 */
export async function openProcessStateStore(options: OpenProcessStateStoreOptions = {}): Promise<StateStore> {
  const directory = resolve(options.directory ?? defaultDirectory());
  const storeId = await storeIdFromFile(join(directory, "store-id"));
  options.signal?.throwIfAborted();
  const database = databases.get(directory) ?? new MemoryDatabase();
  databases.set(directory, database);
  return new MemoryStateStore({ storeId, clock: options.clock }, database);
}

function defaultDirectory(): string {
  const configured = process.env.XDG_STATE_HOME;
  // The XDG specification tells programs to ignore relative paths.
  const base =
    configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), ".local", "state");
  return join(base, "conduit");
}
