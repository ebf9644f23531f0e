import { parseArgs } from "node:util";
import { LocalProvider } from "@conduit/provider-local";
import { pageToRows } from "./page-to-rows.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string" },
    database: { type: "string", default: "rows.db" },
    "allow-private": { type: "boolean" },
  },
});
const [url] = positionals;
const model = values.model ?? process.env.CONDUIT_MODEL;
if (url === undefined || model === undefined) {
  console.error("Name a page and a model: <URL> --model <Hugging Face id or folder>, or CONDUIT_MODEL.");
  process.exit(2);
}

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
}
const stored = await pageToRows({
  url,
  allowPrivate: values["allow-private"],
  model,
  provider: new LocalProvider(),
  databaseUrl: values.database,
  say: console.error,
  signal: interrupted.signal,
});
console.log(JSON.stringify(stored));
