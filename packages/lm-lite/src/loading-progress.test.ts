import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { ReadinessReport } from "@conduit/deployment";
import { probeHealth } from "./probe-health.ts";
import { SlowHub } from "./testing/slow-hub.ts";

const executable = process.env.LM_LITE_BIN ?? "";
const folder = process.env.RANDOM_MODEL ?? "";
const skip =
  (executable === "" || folder === "") && "LM_LITE_BIN and RANDOM_MODEL do not name an engine and a model";

test("an engine tells how much of a model it has downloaded, until it is ready", { skip }, async () => {
  const cache = mkdtempSync(join(tmpdir(), "conduit-hub-"));
  await using hub = await SlowHub.start(folder);
  const engine = spawn(executable, ["serve", "--model", `${hub.model}=m`, "--port", "0", "--holders-stdin"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { RUST_LOG: "error", HF_ENDPOINT: hub.url, HF_HUB_CACHE: cache },
  });
  try {
    const [line] = await once(createInterface({ input: engine.stdout }), "line");
    const { port }: { readonly port: number } = JSON.parse(line);
    const until = async (isThere: (report: ReadinessReport) => boolean) => {
      for (;;) {
        const signal = AbortSignal.timeout(60_000);
        const report = await probeHealth({ baseUrl: `http://127.0.0.1:${port}` }, { signal });
        assert.equal(report.failure, undefined);
        if (isThere(report)) return;
        await delay(50);
      }
    };
    // Half of the weights have come, and the rest waits.
    await until(({ progress = "" }) => /^m: downloading weights [1-9] of [1-9] MB$/.test(progress));
    hub.release();
    await until(({ ready }) => ready);
  } finally {
    engine.kill("SIGKILL");
    rmSync(cache, { recursive: true, force: true });
  }
});
