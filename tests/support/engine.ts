import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** An engine of this test's own, reached over HTTP. */
export interface Engine extends AsyncDisposable {
  readonly baseUrl: string;
  readonly process: ChildProcess;
}

export const API_KEY = "test-key";

/** Variables that `npm test` sets. */
type TestVariable = "LM_LITE_BIN" | "RANDOM_MODEL" | "CHECK_GRAMMAR_BIN" | "MAKE_RANDOM_MODEL_BIN";

/** Value of an environment variable that `npm test` sets. */
export function required(variable: TestVariable): string {
  const value = process.env[variable];
  assert.ok(value, `${variable} is not set; run the tests with npm test`);
  return value;
}

/** Starts an engine that serves `models` (folders, or `folder=name`) and waits until it has loaded or given up on each. */
export async function startEngine(models: readonly string[], ...flags: readonly string[]): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  const portFile = join(folder, "port");
  const engine = spawn(
    required("LM_LITE_BIN"),
    [
      ...["serve", "--host", "127.0.0.1", "--port", "0", "--port-file", portFile],
      ...["--holders", join(folder, "holders"), "--holders-stdin"],
      ...models.flatMap((model) => ["--model", model]),
      ...flags,
    ],
    {
      stdio: ["pipe", "ignore", "inherit"],
      env: { ...process.env, LM_LITE_API_KEY: API_KEY, RUST_LOG: "error" },
    },
  );
  let port = "";
  // The file is there a moment before the port is in it.
  while (port === "") {
    assert.equal(engine.exitCode, null, "the engine ended before it listened");
    await delay(20);
    if (existsSync(portFile)) port = readFileSync(portFile, "utf8");
  }
  const baseUrl = `http://127.0.0.1:${port}`;
  await loaded(baseUrl);
  return {
    baseUrl,
    process: engine,
    async [Symbol.asyncDispose]() {
      if (engine.exitCode === null) {
        engine.kill("SIGTERM");
        await once(engine, "exit");
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function loaded(baseUrl: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${baseUrl}/health`);
    const { models } = (await response.json()) as { models: { state: string }[] };
    if (models.every(({ state }) => state !== "loading")) return;
    await delay(20);
  }
}
