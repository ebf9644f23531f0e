import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ProviderError } from "@conduit/types";
import { machineIdentity, ownProcess, type ProcessIdentity } from "../process-identity.ts";
import { withDirectory } from "../testing/fixture.ts";
import { NodeFolder } from "./node-folder.ts";
import { sweep } from "./sweep.ts";

/** An id that no process has any more. */
const deadProcess: ProcessIdentity = {
  pid: Number(execFileSync("/bin/sh", ["-c", "echo $$"], { encoding: "utf8" })),
  startTicks: 1,
};

interface NodeState {
  readonly creator: ProcessIdentity;
  readonly program?: "this" | "dead";
  readonly bootId?: string;
  readonly pidNamespace?: string;
}

async function makeNode(directory: string, name: string, state: NodeState): Promise<void> {
  const folder = new NodeFolder(directory, name);
  const { bootId, pidNamespace } = await machineIdentity();
  const machine = { bootId: state.bootId ?? bootId, pidNamespace: state.pidNamespace ?? pidNamespace };
  await folder.create({ name, createdAtMs: 1, creator: state.creator, machine, env: {} });
  const line = await readFile("/proc/self/stat", "utf8");
  const deadLine = line.replace(/^\d+/, String(deadProcess.pid));
  if (state.program !== undefined) {
    await writeFile(folder.processFile, state.program === "this" ? line : deadLine);
  }
}

test("a node goes when its program and its creator are dead, and only then", () =>
  withDirectory(async (directory) => {
    const self = await ownProcess();
    await makeNode(directory, "both-dead", { creator: deadProcess, program: "dead" });
    await makeNode(directory, "never-started", { creator: deadProcess });
    await makeNode(directory, "creator-alive", { creator: self, program: "dead" });
    await makeNode(directory, "about-to-start", { creator: self });
    await makeNode(directory, "program-alive", { creator: deadProcess, program: "this" });
    const remaining = (await sweep(directory)).map(({ name }) => name).sort();
    assert.deepEqual(remaining, ["about-to-start", "creator-alive", "program-alive"]);
    assert.deepEqual((await readdir(directory)).sort(), remaining);
  }));

test("ids of processes from before the machine's last start mean nothing", () =>
  withDirectory(async (directory) => {
    await makeNode(directory, "earlier", { creator: await ownProcess(), program: "this", bootId: "another" });
    assert.deepEqual(await sweep(directory), []);
    assert.deepEqual(await readdir(directory), []);
  }));

test("nodes of another container stay", () =>
  withDirectory(async (directory) => {
    await makeNode(directory, "elsewhere", {
      creator: deadProcess,
      program: "dead",
      pidNamespace: "pid:[1]",
    });
    await sweep(directory);
    assert.deepEqual(await readdir(directory), ["elsewhere"]);
  }));

test("folders on their way in or out go when their process is dead", () =>
  withDirectory(async (directory) => {
    const { pid, startTicks } = await ownProcess();
    const ours = `.tmp-${pid}-${startTicks}-a`;
    await mkdir(join(directory, ours));
    await mkdir(join(directory, `.tmp-${pid}-${startTicks - 1}-b`));
    await mkdir(join(directory, `.tmp-${deadProcess.pid}-1-c`));
    // Its creator died in the middle of writing the record.
    await mkdir(join(directory, `.tmp-${deadProcess.pid}-1-d`));
    await writeFile(join(directory, `.tmp-${deadProcess.pid}-1-d`, "node.json"), '{"name":');
    await sweep(directory);
    assert.deepEqual(await readdir(directory), [ours]);
  }));

test("a node whose sweeper died before it saw that the program lives comes back", () =>
  withDirectory(async (directory) => {
    await makeNode(directory, "one", { creator: deadProcess, program: "this" });
    const gone = await new NodeFolder(directory, "one").takeAway();
    assert(gone !== undefined);
    await gone.putBack(`.tmp-${deadProcess.pid}-1-d`);
    await sweep(directory);
    assert.deepEqual(await readdir(directory), ["one"]);
  }));

test("what is none of ours stays", () =>
  withDirectory(async (directory) => {
    await writeFile(join(directory, "Notes.txt"), "");
    assert.deepEqual(await sweep(directory), []);
    assert.deepEqual(await readdir(directory), ["Notes.txt"]);
  }));

test("sweepers at the same time do not disturb each other", () =>
  withDirectory(async (directory) => {
    const names = Array.from({ length: 20 }, (_, index) => `node-${index}`);
    await Promise.all(
      names.map((name, index) =>
        makeNode(directory, name, { creator: deadProcess, program: index < 10 ? "this" : "dead" }),
      ),
    );
    await Promise.all(Array.from({ length: 8 }, () => sweep(directory)));
    assert.deepEqual((await readdir(directory)).sort(), names.slice(0, 10).sort());
  }));

test("a record that is damaged is named, with what to do", () =>
  withDirectory(async (directory) => {
    for (const text of ["", "{", '{"name":"damaged"}']) {
      await mkdir(join(directory, "damaged"), { recursive: true });
      await writeFile(join(directory, "damaged", "node.json"), text);
      await assert.rejects(sweep(directory), (error) => {
        assert(ProviderError.isInstance(error), String(error));
        assert.match(error.message, /damaged\/node\.json .*remove its folder/);
        return true;
      });
    }
  }));
