import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LocalProvider } from "@conduit/provider-local";
import { MemoryStateStore } from "@conduit/state";
import { LMLiteBlock } from "./lm-lite-block.ts";

const model = process.env.RANDOM_MODEL ?? "";
const skip =
  ((process.env.LM_LITE_BIN ?? "") === "" || model === "") &&
  "LM_LITE_BIN and RANDOM_MODEL do not name an engine and a model";
const CONCURRENCY = 8;

/** Asks a deployment without a break for as long as something happens to it. */
async function underLoad(lm: LMLiteBlock, happening: () => Promise<void>) {
  const failures: { readonly error: unknown; readonly hadBegun: boolean }[] = [];
  let answered = 0;
  let isOver = false;
  const ask = async () => {
    while (!isOver) {
      let hadBegun = false;
      try {
        const messages = [{ role: "user", content: "Hello" }] as const;
        for await (const { type } of lm.stream({ model, messages, maxTokens: 24 })) {
          if (type === "text-delta") hadBegun = true;
        }
        answered++;
      } catch (error) {
        failures.push({ error, hadBegun });
      }
    }
  };
  const asking = Array.from({ length: CONCURRENCY }, ask);
  try {
    await happening();
  } finally {
    isOver = true;
  }
  await Promise.all(asking);
  return { failures, answered };
}

async function withDeployment(
  replicas: number,
  body: (lm: LMLiteBlock, provider: LocalProvider) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "cd-"));
  const provider = new LocalProvider({ directory });
  const models = [{ id: model, maxModelLen: 256, maxModelConcurrency: 4 }];
  try {
    await using lm = await LMLiteBlock.deploy({
      models,
      provider,
      store: new MemoryStateStore(),
      replicas,
    });
    await lm.untilReady();
    await body(lm, provider);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test("no request fails while a deployment is updated and scaled", { skip }, () =>
  withDeployment(2, async (lm) => {
    const { failures, answered } = await underLoad(lm, async () => {
      await lm.update([{ id: model, maxModelLen: 512, maxModelConcurrency: 4 }]);
      await lm.scale(3);
      await lm.scale(1);
      await lm.update([{ id: model, maxModelLen: 256, maxModelConcurrency: 4 }]);
    });
    assert.deepEqual(failures, []);
    assert.ok(answered > 0);
  }),
);

test(
  "no request fails that had not begun to be answered while engines go behind Conduit's back",
  { skip },
  () =>
    withDeployment(3, async (lm, provider) => {
      const { failures, answered } = await underLoad(lm, async () => {
        for (let turn = 0; turn < 4; turn++) {
          const nodes = (await lm.health())?.nodes.filter(({ ready }) => ready) ?? [];
          const victim = nodes[turn % nodes.length];
          if (victim !== undefined) await provider.terminateNode(victim.nodeName);
          await lm.untilReady();
        }
      });
      assert.deepEqual(
        failures.filter(({ hadBegun }) => !hadBegun),
        [],
      );
      assert.ok(answered > 0);
      const health = await lm.health();
      assert.deepEqual(
        health?.nodes.map(({ ready }) => ready),
        [true, true, true],
      );
    }),
);
