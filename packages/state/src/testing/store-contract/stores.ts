import type { StateStore, StateTransaction } from "@conduit/types";

/** Opens stores that have the same rows. */
export type OpenStore = (clock: () => number) => Promise<StateStore>;

/** Makes stores for one test each, and closes them. */
export class Stores {
  readonly #makePlace: () => Promise<OpenStore>;

  /** @param makePlace - Makes a place without rows. */
  constructor(makePlace: () => Promise<OpenStore>) {
    this.#makePlace = makePlace;
  }

  async withOne(body: (store: StateStore, clock: { nowMs: number }) => Promise<void>): Promise<void> {
    const clock = { nowMs: 1_000 };
    const open = await this.#makePlace();
    await using store = await open(() => clock.nowMs);
    await body(store, clock);
  }

  /** Two that have the same rows, as two programs have them. */
  async withTwo(body: (one: StateStore, other: StateStore) => Promise<void>): Promise<void> {
    const open = await this.#makePlace();
    await using one = await open(() => 1_000);
    await using other = await open(() => 1_000);
    await body(one, other);
  }
}

export function read<T>(store: StateStore, body: (transaction: StateTransaction) => Promise<T>): Promise<T> {
  return store.transaction(body);
}
