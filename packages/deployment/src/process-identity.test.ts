import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { hasEnded, processIdentity } from "./process-identity.ts";

test("this process has not ended, and is told from a later one with its id", {
  skip: process.platform !== "linux" && "only Linux shows it",
}, async () => {
  const identity = await processIdentity();
  assert.ok(identity);
  assert.equal(await processIdentity(), identity);
  assert.equal(await hasEnded(identity), false);
  assert.equal(await hasEnded(`${identity}0`), true);
});

test("a process that has ended is known to have", {
  skip: process.platform !== "linux" && "only Linux shows it",
}, async () => {
  const own = (await processIdentity())?.split(" ") ?? [];
  const child = spawn(process.execPath, ["--eval", ""]);
  await once(child, "exit");
  assert.equal(await hasEnded([own[0], own[1], child.pid, own[3]].join(" ")), true);
});

test("of processes of other machines nothing is known", async () => {
  const identity = await processIdentity();
  for (const other of [undefined, "", `x${identity}`, identity?.replace("pid:", "pid:9")])
    assert.equal(await hasEnded(other), false);
});
