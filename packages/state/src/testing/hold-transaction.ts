// Says "began" from within a transaction that has written, stays in it until a line comes in, and says how often it has run.
//
//   hold-transaction.ts <URI> <milliseconds after which the server ends idle transactions>
import { once } from "node:events";
import { PostgresDatabase } from "../postgres/postgres-database.ts";
import { SqlStateStore } from "../sql/sql-state-store.ts";
import { SqliteDatabase } from "../sqlite/sqlite-database.ts";
import { parseStateUri } from "../state-uri.ts";
import { tombstone } from "./rows.ts";

const [uri = "", idleTransactionTimeoutMs] = process.argv.slice(2);
const location = parseStateUri(uri);
const timeouts = { busyTimeoutMs: 10_000, idleTransactionTimeoutMs: Number(idleTransactionTimeoutMs) };
const database =
  location.kind === "sqlite"
    ? new SqliteDatabase(location.path, timeouts)
    : await PostgresDatabase.create(location.uri, timeouts);
await using store = await SqlStateStore.open(database, {
  secret: "secret",
  keyFile: undefined,
  reconnectTimeoutMs: 10_000,
});
let runs = 0;
await store.transaction(async (transaction) => {
  runs++;
  await transaction.putTombstone(tombstone("held"));
  if (runs > 1) return;
  console.log("began");
  await once(process.stdin, "data");
});
console.log(`ran ${runs}`);
process.stdin.destroy();
