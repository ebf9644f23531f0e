import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ask, create, echoProgram, podRequest, ServerFixture, until, untilItAnswers } from "./fixture.ts";
import type { ServeOptions } from "./serve.ts";

/** A stand-in in another process. */
async function serve(options: ServeOptions) {
  const program = fileURLToPath(new URL("./serve.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@conduit/source", program, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  for await (const url of createInterface(child.stdout)) return { child, url };
  throw new Error("expected a URL, but the process has ended");
}

test("processes with one folder share its pods, and its faults, whichever is killed", async () => {
  await using fixture = new ServerFixture();
  const faults = [{ kind: "create-refused", skip: 1 }] as const;
  const here = await fixture.startWithPrograms({ faults });
  const { directory, clockFile } = fixture;
  const there = await serve({ directory, clockFile, program: echoProgram });
  const created = await ask(there, "POST", "/v2/pods", { body: podRequest });
  assert.equal(created.status, 201);
  const id = created.body.id ?? "";
  fixture.clock.advance(200);
  assert.equal((await ask(there, "GET", `/v2/pods/${id}`)).body.status, "RUNNING");
  const program = await untilItAnswers(`${there.url}/proxy/${id}-8000`);
  there.child.kill("SIGKILL");
  await once(there.child, "exit");
  assert.equal((await untilItAnswers(here.proxyUrl(id, 8000))).pid, program.pid);
  assert.equal((await ask(here, "POST", "/v2/pods", { body: podRequest })).status, 400);
  await create(here, { name: "a-2" });
  const again = await serve({ directory, clockFile, program: echoProgram });
  const list = await ask(again, "GET", "/v2/pods");
  assert.deepEqual(
    list.body.pods?.map(({ name }) => name),
    ["a-1", "a-2"],
  );
  assert.equal((await ask(again, "DELETE", `/v2/pods/${id}`)).status, 204);
  assert.deepEqual(
    here.world.living().map(({ name }) => name),
    ["a-2"],
  );
  await until(async () => ((await fetch(here.proxyUrl(id, 8000))).status === 404 ? true : undefined));
  again.child.stdin.end();
  await once(again.child, "exit");
  assert.deepEqual(here.world.violations(), []);
});
