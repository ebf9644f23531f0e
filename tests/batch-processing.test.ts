import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { LocalProvider } from "@conduit/provider-local";
import { GPUS } from "@conduit/provider-runpod";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { Ticket, Triage } from "../examples/batch-processing/src/ticket.ts";
import { repository } from "../scripts/lib/paths.mjs";
import { required } from "./support/engine.ts";
import { RentedEngines } from "./support/rented-engines.ts";
import { temporaryDatabase } from "./support/temporary-database.ts";

const sources = join(repository, "examples", "batch-processing", "src");

const Triaged = Type.Object({ success: Type.Literal(true), input: Ticket, output: Triage });

/** Starts a program of the example as its user would. */
function startProgram(name: string, env: NodeJS.ProcessEnv) {
  return spawn(process.execPath, ["--conditions=@conduit/source", join(sources, name)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      CONDUIT_DB_URI: temporaryDatabase(),
      CONDUIT_MODEL: required("RANDOM_MODEL"),
      ...env,
    },
  });
}

/** Runs a program that has to triage all tickets; what it has told. */
async function triageAll(name: string, env: NodeJS.ProcessEnv): Promise<string> {
  const program = startProgram(name, env);
  const [answers, told, [exitCode]] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, "exit"),
  ]);
  assert.equal(exitCode, 0, told);
  const triaged = answers
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  assert.equal(triaged.length, 100);
  for (const each of triaged) Value.Assert(Triaged, each);
  assert.match(told, /100 of 100 done, 0 failed\n.*The engines are deleted\n$/s);
  return told;
}

test("a hundred tickets at once are triaged by both of two rented engines, which are deleted then", async () => {
  await using rented = await RentedEngines.start();
  const told = await triageAll("on-runpod.ts", rented.env);
  assert.match(told, /It has cost \$\d/);
  const { world } = rented.server;
  assert.deepEqual(world.living(), []);
  assert.deepEqual(rented.gpus(), [GPUS.L4, GPUS.L4]);
  assert.deepEqual(world.violations(), []);
  const answered = rented.logs().map((log) => log.match(/\banswered\b/g)?.length ?? 0);
  assert.equal(answered.length, 2);
  assert.ok(
    answered.every((count) => count > 0),
    `expected both engines to have answered, found ${answered}`,
  );
  assert.ok(answered.reduce((sum, count) => sum + count) >= 100);
});

test("the program that does the same on this machine differs in one line, and leaves nothing behind", async () => {
  const [rented = [], here = []] = ["on-runpod.ts", "on-this-machine.ts"].map((name) =>
    readFileSync(join(sources, name), "utf8").split("\n"),
  );
  assert.equal(rented.length, here.length);
  assert.equal(rented.filter((line, index) => line !== here[index]).length, 1);

  // Names of sockets are short.
  const folder = mkdtempSync(join(tmpdir(), "cd-"));
  try {
    await triageAll("on-this-machine.ts", { XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder });
    const provider = new LocalProvider({ directory: join(folder, "conduit") });
    assert.deepEqual(await provider.listNodes("conduit-"), []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} ends the batch, and deletes the engine that is ready as the one that is still to come`, async () => {
    const never = { kind: "slow-provisioning", skip: 1, byMs: 86_400_000 } as const;
    await using rented = await RentedEngines.start({ faults: [never] });
    const program = startProgram("on-runpod.ts", rented.env);
    program.stdout.resume();
    const exited = once(program, "exit");
    const told: string[] = [];
    for await (const line of createInterface(program.stderr)) {
      told.push(line);
      if (line === "ready") program.kill(signal);
    }
    assert.deepEqual(await exited, [1, null], told.join("\n"));
    assert.match(told.join("\n"), new RegExp(`\nThe engines are deleted\n.*interrupted by ${signal}`, "s"));
    assert.equal(rented.server.world.createdByName().size, 2);
    assert.deepEqual(rented.server.world.living(), []);
  });
}
