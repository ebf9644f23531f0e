import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LM_LITE } from "./runtime-profile.ts";
import { noDocker, startDocker } from "./testing/secrets/docker.ts";
import type { Findings } from "./testing/secrets/find-secrets.ts";
import { findingsOfLife } from "./testing/secrets/findings-of-life.ts";
import { noPostgres, startPostgres } from "./testing/secrets/postgres.ts";

const executable = process.env.LM_LITE_BIN ?? "";
const model = process.env.RANDOM_MODEL ?? "";
const skip =
  (executable === "" || model === "") && "LM_LITE_BIN and RANDOM_MODEL do not name an engine and a model";

function assertOnly(findings: Findings, expected: readonly string[]): void {
  const unexpected = [...findings].filter(([finding]) => !expected.includes(finding));
  assert.deepEqual(new Map(unexpected), new Map());
  // That the others are found shows that the search finds.
  assert.deepEqual([...findings.keys()].sort(), expected);
}

describe("after a full life, keys are only where docs/deployments.md says", {
  skip,
  concurrency: true,
}, () => {
  test("of processes, with a key file", async () => {
    assertOnly(await findingsOfLife({ executable, model, withSecret: false }), [
      "environment of the engine: endpoint keys",
      "environment of the engine: the user's token",
      "environment of the program: the user's token",
      "key file: the key that encrypts endpoint keys",
    ]);
  });

  test("of processes, with a secret and PostgreSQL", { skip: noPostgres }, async () => {
    await using server = await startPostgres();
    assertOnly(await findingsOfLife({ executable, model, withSecret: true, server }), [
      "environment of the engine: endpoint keys",
      "environment of the engine: the user's token",
      "environment of the program: CONDUIT_SECRET",
      "environment of the program: the database's password",
      "environment of the program: the user's token",
    ]);
  });

  test("of containers, with a secret", { skip: noDocker }, async () => {
    await using docker = await startDocker(LM_LITE.image, executable);
    assertOnly(await findingsOfLife({ executable, model, withSecret: true, docker }), [
      "environment of the program: CONDUIT_SECRET",
      "environment of the program: the user's token",
      "secret files in a container's volume: endpoint keys",
      "secret files in a container's volume: the user's token",
    ]);
  });
});
