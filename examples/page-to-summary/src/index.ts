import { parseArgs } from "node:util";
import { LocalProvider } from "@conduit/provider-local";
import { pageToSummary } from "./page-to-summary.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { model: { type: "string" }, "allow-private": { type: "boolean" } },
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
const summary = await pageToSummary({
  url,
  allowPrivate: values["allow-private"],
  model,
  provider: new LocalProvider(),
  say: console.error,
  signal: interrupted.signal,
});
console.log(JSON.stringify(summary));
