import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { LMLiteBlock, OutputTruncatedError } from "@conduit/lm-lite";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { API_KEY, type Engine, required, startEngine } from "./support/engine.ts";

const Verdict = Type.Object({ fits: Type.Boolean(), size: Type.Enum(["small", "large"]) });

/** Random weights write `</think>` as often as any other token only where probabilities are all but equal. */
const request = { output: Verdict, guidance: "Decide.", temperature: 50, maxTokens: 4000 } as const;

describe("models that reason", { concurrency: false }, () => {
  let folder: string;
  let engine: Engine;
  let lm: LMLiteBlock;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "reasoning-"));
    for (const thinking of ["always", "optional"]) {
      execFileSync(required("MAKE_RANDOM_MODEL_BIN"), ["--thinking", thinking, join(folder, thinking)]);
    }
    engine = await startEngine([join(folder, "always=always"), join(folder, "optional=optional")]);
    lm = LMLiteBlock.connect({ baseUrl: engine.baseUrl, apiKey: API_KEY });
  });

  after(async () => {
    await engine?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test("do so freely, and answer with the type after it", async () => {
    for (const seed of [1, 2, 3]) {
      let reasoning = "";
      let last: unknown;
      let value: Static<typeof Verdict> | undefined;
      for await (const event of lm.streamObject({ ...request, model: "always", seed })) {
        if (event.type === "reasoning-delta") {
          assert.equal(last, undefined, "reasoning after the answer began");
          reasoning += event.text;
        }
        if (event.type === "value-update") last = event.value;
        if (event.type === "response-finish") {
          ({ value } = event.response);
          assert.equal(event.response.reasoning, reasoning);
          assert.equal(event.response.tries, 1);
          assert.ok((event.response.usage.reasoningTokens ?? 0) > 0);
        }
      }
      assert.ok(reasoning.length > 0);
      assert.ok(Compile(Verdict).Check(value));
      assert.deepEqual(last, value);
    }
  });

  test("answer at once where the caller wants no reasoning", async () => {
    const response = await lm.respond({ ...request, model: "optional", reasoning: false, seed: 1 });
    assert.equal(response.reasoning, "");
    assert.ok(Compile(Verdict).Check(response.value));
    assert.equal(response.constrained, true);
  });

  test("are cut off where the limit falls into the reasoning", async () => {
    await assert.rejects(lm.generate({ ...request, model: "always", maxTokens: 3, seed: 1 }), (error) => {
      assert.ok(OutputTruncatedError.isInstance(error));
      assert.equal(error.partialText, "");
      return true;
    });
  });
});
