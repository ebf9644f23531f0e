import assert from "node:assert/strict";
import { LMLiteBlock } from "@conduit/lm-lite";
import { toJsonSchema } from "@conduit/mdl";
import { RunpodProvider } from "@conduit/provider-runpod";
import { MemoryStateStore } from "@conduit/state";
import { Type } from "typebox";
import { required } from "./engine.ts";
import { RentedEngines } from "./rented-engines.ts";

const COUNT = 1_000;
const Digits = Type.Object({
  digits: Type.Array(Type.Integer({ minimum: 0, maximum: 9 }), { minItems: COUNT, maxItems: COUNT }),
});

export interface OutlastsProxyOptions {
  /** Real time without anything of an answer after which the proxy breaks it off. */
  readonly proxyLimitMs: number;
  /** Time for which the engine waits for more requests before it begins. */
  readonly batchWaitMs?: number | undefined;
  /** Slows the engines down until the signal fires, which it does when the proxy has had enough. */
  readonly slow?: ((rented: RentedEngines, done: AbortSignal) => Promise<void>) | undefined;
}

/**
 * Asks a rented engine for the same long value through `LMLiteBlock.generate` and in one piece, until the engine was so slow that
 * the proxy has cut the latter off. The former has to come through every time.
 */
export async function outlastsProxy({
  proxyLimitMs,
  batchWaitMs = 0,
  slow,
}: OutlastsProxyOptions): Promise<void> {
  const id = required("RANDOM_MODEL");
  await using rented = await RentedEngines.start({ proxyLimitMs });
  const provider = new RunpodProvider(rented.options);
  await using lm = await LMLiteBlock.deploy({
    models: [{ id, maxModelLen: 4096, maxModelConcurrency: 8, modelBatchExecuteTimeoutMs: batchWaitMs }],
    provider,
    store: new MemoryStateStore(),
    offerings: (await provider.listOfferings()).slice(0, 1),
  });
  await lm.untilReady();
  const [node] = await provider.listNodes("conduit-");
  const inOnePiece = () =>
    fetch(`${node?.baseUrl}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${node?.env?.LM_LITE_API_KEY}`, "content-type": "application/json" },
      body: JSON.stringify({
        model: id,
        messages: [{ role: "user", content: "Digits, please." }],
        response_format: {
          type: "json_schema",
          json_schema: { name: "digits", schema: toJsonSchema(Digits) },
        },
      }),
    });
  for (;;) {
    const done = new AbortController();
    const slowing = slow?.(rented, done.signal);
    try {
      const [{ digits }, { status }] = await Promise.all([
        lm.generate({ model: id, output: Digits, guidance: "Digits, please." }),
        inOnePiece().finally(() => done.abort()),
      ]);
      assert.equal(digits.length, COUNT);
      if (status === 524) break;
      assert.equal(status, 200);
    } finally {
      done.abort();
      await slowing;
    }
  }
  await lm.delete();
}
