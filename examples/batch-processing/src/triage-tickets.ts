import { LMLiteBlock } from "@conduit/lm-lite";
import type { CallOptions, ComputeProvider } from "@conduit/types";
import { type Outcome, runBatch } from "./run-batch.ts";
import { GUIDANCE, Ticket, Triage } from "./ticket.ts";

export interface TriageOptions extends CallOptions {
  /** Hugging Face id, or path of a folder in Hugging Face layout. */
  readonly model: string;
  readonly provider: ComputeProvider;
  readonly tickets: readonly Ticket[];
  readonly say: (line: string) => void;
}

/** Brings two engines up, lets them triage all tickets at once, tells what that has cost, and deletes the engines whatever happens. */
export async function triageTickets({
  model,
  provider,
  tickets,
  say,
  signal,
}: TriageOptions): Promise<readonly Outcome<Ticket, Triage>[]> {
  await using lm = await LMLiteBlock.deploy({
    models: [{ id: model, maxModelLen: 1024, maxModelConcurrency: 16 }],
    provider,
    // This machine takes what it has.
    constraints: { gpu: { RUNPOD: "L4" } },
    replicas: 2,
    maxLifetimeSeconds: 3600,
    onProgress: say,
    signal,
  });
  try {
    await lm.untilReady({ timeoutSeconds: 1200, onProgress: say, signal });
    const triage = lm.block({ model, input: Ticket, output: Triage, guidance: GUIDANCE });
    const outcomes = await runBatch(tickets, (ticket) => triage.run(ticket, { signal }), { say, signal });
    const cost = await lm.cost({ signal });
    say(`It has cost $${((cost?.spentMicroDollars ?? 0) / 1e6).toFixed(4)}`);
    return outcomes;
  } finally {
    await lm.delete();
    say("The engines are deleted");
  }
}
