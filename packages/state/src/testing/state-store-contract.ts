import { describe } from "node:test";
import { testEnds } from "./store-contract/end-tests.ts";
import { testEvents } from "./store-contract/event-tests.ts";
import { testIdentity } from "./store-contract/identity-tests.ts";
import { testLeases } from "./store-contract/lease-tests.ts";
import { testRelations } from "./store-contract/relation-tests.ts";
import { testRows } from "./store-contract/row-tests.ts";
import { type OpenStore, Stores } from "./store-contract/stores.ts";
import { testTransactions } from "./store-contract/transaction-tests.ts";

export interface StateStoreTestOptions {
  /** Why the tests cannot run here. */
  readonly skip?: string | false | undefined;
  /** Makes a place without rows. */
  readonly makePlace: () => Promise<OpenStore>;
}

/** What every state store promises, as tests. */
export function testStateStore(name: string, { skip = false, makePlace }: StateStoreTestOptions): void {
  describe(name, { skip }, () => {
    const stores = new Stores(makePlace);
    testIdentity(stores);
    testRows(stores);
    testRelations(stores);
    testTransactions(stores);
    testEvents(stores);
    testLeases(stores);
    testEnds(stores);
  });
}
