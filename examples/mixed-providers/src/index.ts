import { text } from "node:stream/consumers";
import { LocalProvider } from "@conduit/provider-local";
import { RunpodProvider } from "@conduit/provider-runpod";
import { answerLetter } from "./answer-letter.ts";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
}

const { SMALL_MODEL = "Qwen/Qwen3-0.6B", LARGE_MODEL = "Qwen/Qwen3-8B" } = process.env;
const answer = await answerLetter({
  trusted: { model: SMALL_MODEL, provider: new LocalProvider() },
  capable: { model: LARGE_MODEL, provider: new RunpodProvider() },
  letter: { text: await text(process.stdin) },
  say: console.error,
  signal: interrupted.signal,
});
console.log(JSON.stringify(answer));
