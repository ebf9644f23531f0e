// Appends events without end, and tells the number of each once it is committed.
//
//   append-events.ts <URI> <actor>
import { openStateStore } from "../open-state-store.ts";

const [uri, actor = ""] = process.argv.slice(2);
await using store = await openStateStore({ uri, secret: "secret" });
for (let number = 1; ; number++) {
  await store.transaction((transaction) =>
    transaction.appendEvent({ actor, action: "event-append", outcome: "done", detail: String(number) }),
  );
  console.log(number);
}
