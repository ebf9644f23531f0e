// Opens the store of the environment, and tells its UUID.
import { openStateStore } from "../open-state-store.ts";

await using store = await openStateStore();
console.log(await store.storeId());
