import { estimateVram } from "@conduit/compute-offerings";
import { readModelFolder } from "@conduit/compute-offerings/hub";
import { gc, reconcile } from "@conduit/deployment";
import { LMLiteBlock } from "@conduit/lm-lite";
import type { ComputeProvider, EventRow, StateStore } from "@conduit/types";
import { Type } from "typebox";

export interface DayOptions {
  /** Path of a model's folder. */
  readonly model: string;
  readonly provider: ComputeProvider;
  readonly store: StateStore;
  readonly say: (line: string) => void;
}

const Verdict = Type.Object({ sentiment: Type.Enum(["positive", "negative", "mixed"]) });

/** What a deployment goes through, from the plan to the last of it. */
export async function dayInTheLife({ model, provider, store, say }: DayOptions): Promise<void> {
  const namespace = "day-in-the-life";

  say("\n# Plan: what does it need?");
  const { config } = await readModelFolder(model);
  say(estimateVram(config, { maxModelLen: 1024, maxModelConcurrency: 4 }).explain());

  say("\n# Up");
  const lm = await LMLiteBlock.deploy({
    models: [{ id: model, maxModelLen: 1024, maxModelConcurrency: 4 }],
    provider,
    store,
    namespace,
    onProgress: say,
  });
  try {
    await lm.untilReady({ onProgress: say });

    say("\n# Use");
    const ask = () => lm.respond({ model, output: Verdict, guidance: "Judge: great sound, awful battery." });
    const { value, node } = await ask();
    say(`${JSON.stringify(value)} from ${node.name}`);

    say("\n# Scale to two engines");
    await lm.scale(2);
    await lm.untilReady({ onProgress: say });
    await Promise.all(Array.from({ length: 8 }, ask));
    say(await describe(lm));

    say("\n# Update: longer sequences; the old engines leave when the new ones are ready");
    await lm.update([{ id: model, maxModelLen: 2048, maxModelConcurrency: 4 }]);
    say(await describe(lm));

    say("\n# Crash: an engine goes behind Conduit's back");
    const [victim] = (await lm.health())?.nodes ?? [];
    if (victim !== undefined) await provider.terminateNode(victim.nodeName);
    await Promise.all(Array.from({ length: 8 }, ask));
    say("8 of 8 requests were answered");

    say("\n# Reconcile: what is missing is replaced");
    const { events } = await reconcile({ store, providers: [provider], namespace });
    say(events.map(describeEvent).join("\n"));
    await lm.untilReady({ onProgress: say });
    say(await describe(lm));

    say("\n# Cost");
    const cost = await lm.cost();
    say(
      `$${(cost?.spentMicroDollars ?? 0) / 1e6} so far, $${(cost?.actualMicroDollarsPerHour ?? 0) / 1e6} an hour`,
    );
  } finally {
    await lm.dispose();
  }

  say("\n# Collect what nobody uses any more");
  const { unused, orphans, foreign } = await gc({ store, providers: [provider], namespace });
  say(
    `${unused.length} deployments, ${orphans.length} orphans; ${foreign.length} nodes belong to other stores`,
  );
}

async function describe(lm: LMLiteBlock): Promise<string> {
  const health = await lm.health();
  const nodes = health?.nodes.map(
    ({ nodeName, status, ready }) => `  ${nodeName} ${status}${ready ? ", ready" : ""}`,
  );
  return [`${health?.status}, ${health?.replicas} wanted`, ...(nodes ?? [])].join("\n");
}

function describeEvent({ action, outcome, nodeName, detail }: EventRow): string {
  return [`  ${action} ${outcome}`, nodeName, detail].filter((part) => part !== undefined).join(" ");
}
