import type { StateStore } from "@conduit/types";
import type { Points } from "./points.ts";

/** A store each of whose transactions has a point before it begins and one after it was committed. */
export function instrumentStore(store: StateStore, points: Points): StateStore {
  const close = () => points.call(() => store.close());
  return {
    storeId: (options) => points.call(() => store.storeId(options)),
    async transaction(body, options) {
      await points.reach("before transaction");
      const result = await points.callTransaction(() =>
        store.transaction(async (transaction) => {
          const outcome = await body(transaction);
          // A database rolls back what a dead program has not committed.
          await points.beforeCommit();
          return outcome;
        }, options),
      );
      await points.reach("after transaction");
      return result;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
