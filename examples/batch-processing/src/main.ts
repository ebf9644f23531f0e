import type { ComputeProvider } from "@conduit/types";
import { someTickets } from "./ticket.ts";
import { triageTickets } from "./triage-tickets.ts";

/** Writes what became of each ticket to standard output, a line of JSON each. Interrupted, it still deletes its engines. */
export async function main(provider: ComputeProvider): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
  }
  const outcomes = await triageTickets({
    model: process.env.CONDUIT_MODEL ?? "Qwen/Qwen3-8B",
    provider,
    tickets: someTickets(),
    say: console.error,
    signal: interrupted.signal,
  });
  for (const outcome of outcomes) console.log(JSON.stringify(outcome));
  if (outcomes.some(({ success }) => !success)) process.exitCode = 1;
}
