import type { StateStore } from "@conduit/types";
import { effect, type Points } from "./points.ts";

/** A store each of whose transactions has a point before it begins and one after it was committed. */
export function instrumentStore(store: StateStore, points: Points): StateStore {
  const close = () => points.call(() => store.close());
  return {
    storeId: (options) => points.call(() => store.storeId(options)),
    transaction: (body, options) =>
      effect(points, "transaction", () =>
        store.transaction(async (transaction) => {
          const result = await body(transaction);
          // A database rolls back what a dead program has not committed.
          points.requireAlive();
          return result;
        }, options),
      ),
    close,
    [Symbol.asyncDispose]: close,
  };
}
