import type { StateStore, StateTransaction } from "@conduit/types";

/** What changes rows that a picture shows. Leases and events are none. */
const writes: ReadonlySet<string | symbol> = new Set<keyof StateTransaction>([
  "putDeployment",
  "removeDeployment",
  "putNode",
  "removeNode",
  "putAttachment",
  "removeAttachment",
  "putTombstone",
  "removeTombstone",
]);

/** The store, where `onWritten` is called after each transaction that may have changed rows. */
export function watchWrites(store: StateStore, onWritten: () => void): StateStore {
  return {
    storeId: (options) => store.storeId(options),
    async transaction(body, options) {
      let wrote = false;
      const watched = (transaction: StateTransaction) =>
        new Proxy(transaction, {
          get(target, name) {
            if (writes.has(name)) wrote = true;
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
      try {
        return await store.transaction((transaction) => body(watched(transaction)), options);
      } finally {
        if (wrote) onWritten();
      }
    },
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}
