import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ProviderError, type ProviderNode } from "@conduit/types";
import { fixtureSpec, processesOf, until, withDirectory } from "../testing/fixture.ts";
import { ProcessNodes } from "./process-nodes.ts";

async function untilRunning(provider: ProcessNodes, id: string): Promise<ProviderNode & { baseUrl: string }> {
  let node: ProviderNode | undefined;
  await until(`node ${id} to run`, async () => {
    node = await provider.getNode(id);
    return node?.status === "running";
  });
  assert(node?.baseUrl !== undefined);
  return { ...node, baseUrl: node.baseUrl };
}

const untilGone = (provider: ProcessNodes, id: string) =>
  until(`node ${id} to be gone`, async () => (await provider.getNode(id)) === undefined);

describe("nodes that are processes", { concurrency: 2 }, () => {
  test("runs a program that demands its key on loopback", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      const created = await provider.createNode(fixtureSpec("one"));
      assert.equal(created.name, "one");
      assert.match(created.status, /creating|running/);
      const { baseUrl, env } = await untilRunning(provider, created.id);
      assert.match(baseUrl, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.equal(env?.FIXTURE_KEY, undefined);
      assert.equal(await provider.readSecret("one", "FIXTURE_KEY"), "key of the tests");
      assert.equal(await provider.readSecret("one", "ABSENT"), undefined);
      assert.equal(await provider.readSecret("two", "FIXTURE_KEY"), undefined);
      assert.equal((await fetch(`${baseUrl}/`)).status, 401);
      const answer = await fetch(`${baseUrl}/`, { headers: { authorization: "Bearer key of the tests" } });
      assert.equal(answer.status, 200);
      await provider.terminateNode("one");
    }));

  test("lists nodes by prefix, also those of another provider of the same folder", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      assert.deepEqual(await provider.listNodes(""), []);
      await provider.createNode(fixtureSpec("a-one"));
      await provider.createNode(fixtureSpec("b-one"));
      const other = new ProcessNodes({ directory });
      assert.equal(await other.scope(), await provider.scope());
      assert.deepEqual(
        (await other.listNodes("a-")).map(({ id }) => id),
        ["a-one"],
      );
      assert.deepEqual((await other.listNodes("")).map(({ id }) => id).sort(), ["a-one", "b-one"]);
      assert.equal(await other.getNode("c-one"), undefined);
      await Promise.all([other.terminateNode("a-one"), other.terminateNode("b-one")]);
      assert.deepEqual(await provider.listNodes(""), []);
      assert.deepEqual(await processesOf(directory), []);
    }));

  test("only this user can read what it writes, and command lines show no secret", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await provider.createNode(fixtureSpec("one"));
      await untilRunning(provider, "one");
      const mode = async (...path: string[]) => (await stat(join(directory, ...path))).mode & 0o777;
      assert.equal(await mode("nodes"), 0o700);
      assert.equal(await mode("nodes", "one"), 0o700);
      assert.equal(await mode("nodes", "one", "node.json"), 0o600);
      assert.equal(await mode("nodes", "one", "log"), 0o600);
      const [pid] = await processesOf(directory);
      assert.doesNotMatch(await readFile(`/proc/${pid}/cmdline`, "utf8"), /key of the tests/);
      for (const file of ["node.json", "log", "process"])
        assert.doesNotMatch(
          await readFile(join(directory, "nodes", "one", file), "utf8"),
          /key of the tests/,
        );
      await provider.terminateNode("one");
    }));

  test("tells the program its limits, and the program ends by them", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await provider.createNode({ ...fixtureSpec("one"), idleTimeoutSeconds: 60, maxLifetimeSeconds: 1 });
      assert.equal((await provider.getNode("one"))?.env?.CONDUIT_IDLE_TIMEOUT_SECONDS, "60");
      await untilGone(provider, "one");
    }));

  test("a node ends when its only hold is released", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await provider.createNode(fixtureSpec("one"));
      const hold = await provider.holdNode("one");
      await untilRunning(provider, "one");
      hold.release();
      hold.release();
      await untilGone(provider, "one");
      await until("the process to end", async () => (await processesOf(directory)).length === 0);
    }));

  test("a node stays until its last hold is released", () =>
    withDirectory(async (directory) => {
      const creator = new ProcessNodes({ directory });
      await creator.createNode(fixtureSpec("one"));
      const first = await creator.holdNode("one");
      const second = await new ProcessNodes({ directory }).holdNode("one");
      const third = await creator.holdNode("one");
      const { baseUrl } = await untilRunning(creator, "one");
      first.release();
      third.release();
      const answer = await until("one holder", async () => {
        const response = await fetch(baseUrl, { headers: { authorization: "Bearer key of the tests" } });
        return ((await response.json()) as { holders: number }).holders === 1;
      });
      assert.equal(answer, undefined);
      second.release();
      await untilGone(creator, "one");
    }));

  test("holders learn that the node has ended", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await provider.createNode(fixtureSpec("one"));
      const holds = [await provider.holdNode("one"), await provider.holdNode("one")];
      const [pid] = await processesOf(directory);
      process.kill(pid ?? 0, "SIGKILL");
      await Promise.all(holds.map(({ ended }) => ended));
    }));

  test("a hold on what has ended or never was is refused", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await assert.rejects(provider.holdNode("nobody"), /expected node nobody to live/);
      await provider.createNode(fixtureSpec("one", { FIXTURE_FAIL_AFTER_MS: "0" }));
      await until("the failure", async () => (await provider.getNode("one"))?.status === "failed");
      await assert.rejects(provider.holdNode("one"), ProviderError);
    }));

  test("waiting for a hold ends with the signal", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      const spec = fixtureSpec("one");
      const sleeper = { executable: "/bin/sleep", arguments: ["30"] };
      await provider.createNode({ ...spec, workload: { ...spec.workload, process: sleeper } });
      await provider.holdNode("one");
      const reason = new Error("enough");
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 200);
      await assert.rejects(provider.holdNode("one", { signal: controller.signal }), reason);
      await provider.terminateNode("one");
      assert.equal(await provider.getNode("one"), undefined);
    }));

  test("a program that does not take note of its holders in time is refused", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory, startTimeoutSeconds: 0.3 });
      const spec = fixtureSpec("one");
      const silent = 'require("net").createServer(() => {}).listen(process.argv[1]); process.stdin.resume()';
      const command = { executable: process.execPath, arguments: ["-e", silent, "{holders}"] };
      await provider.createNode({ ...spec, workload: { ...spec.workload, process: command } });
      await using _ = { [Symbol.asyncDispose]: () => provider.terminateNode("one") };
      await until("the socket", () => existsSync(join(directory, "nodes", "one", "holders.sock")));
      await assert.rejects(
        new ProcessNodes({ directory, startTimeoutSeconds: 0.3 }).holdNode("one"),
        (error) => {
          assert(ProviderError.isInstance(error));
          assert.match(error.message, /within 0.3 s/);
          return true;
        },
      );
    }));

  test("a program inherits the environment, but no limits that are not its own, and nothing that opens the state", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      const spec = fixtureSpec("one", { OWN: "own" });
      const command = { executable: "/bin/sh", arguments: ["-c", "env; echo done; cat"] };
      const own = ["MAX_LIFETIME_SECONDS", "DB_URI", "SECRET", "PREVIOUS_SECRET"].map(
        (name) => `CONDUIT_${name}`,
      );
      const before = own.map((name) => process.env[name]);
      for (const name of own) process.env[name] = "1";
      await provider.createNode({ ...spec, workload: { ...spec.workload, process: command } });
      for (const [index, name] of own.entries()) {
        const value = before[index];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      let lines: string[] = [];
      await until("the output", async () => {
        lines = await Array.fromAsync(provider.logs("one"));
        return lines.includes("done");
      });
      await provider.terminateNode("one");
      assert(lines.includes("OWN=own"));
      assert(lines.includes(`PATH=${process.env.PATH}`));
      for (const name of own) assert(!lines.some((line) => line.startsWith(`${name}=`)), name);
    }));

  test("a program that ends by itself leaves its exit code and the end of its log", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await provider.createNode(fixtureSpec("one", { FIXTURE_FAIL_AFTER_MS: "100" }));
      await until("the failure", async () => (await provider.getNode("one"))?.status === "failed");
      const node = await provider.getNode("one");
      assert.match(
        node?.failure ?? "",
        /has ended \(exit code 3\); the end of its log:\n.*starting\n.*out of luck/s,
      );
      await provider.terminateNode("one");
      assert.equal(await provider.getNode("one"), undefined);
    }));

  test("logs are read from the start, from the end, and as they grow", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await provider.createNode(fixtureSpec("one"));
      await untilRunning(provider, "one");
      const read = (options = {}) => Array.fromAsync(provider.logs("one", options));
      await until("the log", async () => (await read()).length === 2);
      assert.deepEqual(await read(), ["starting", "listening"]);
      assert.deepEqual(await read({ tailLines: 1 }), ["listening"]);
      const following = read({ follow: true, tailLines: 1 });
      const controller = new AbortController();
      const aborted = read({ follow: true, signal: controller.signal });
      controller.abort(new Error("enough"));
      await assert.rejects(aborted, /enough/);
      await provider.terminateNode("one");
      assert.deepEqual(await following, ["listening"]);
      assert.deepEqual(await read(), []);
    }));

  test("a program that does not react to SIGTERM is killed", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory, terminationGraceSeconds: 0.3 });
      await provider.createNode(fixtureSpec("one", { FIXTURE_STUBBORN: "yes" }));
      await untilRunning(provider, "one");
      await provider.terminateNode("one");
      assert.deepEqual(await processesOf(directory), []);
      await provider.terminateNode("one");
    }));

  test("a process that got the id of a dead one is left alone", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await provider.createNode(fixtureSpec("one"));
      await untilRunning(provider, "one");
      const [pid] = await processesOf(directory);
      const processFile = join(directory, "nodes", "one", "process");
      const fields = (await readFile(processFile, "utf8")).split(" ");
      // As if the node had been started earlier under the same id.
      fields[21] = String(Number(fields[21]) - 1);
      await writeFile(processFile, fields.join(" "));
      const other = new ProcessNodes({ directory });
      assert.equal((await other.getNode("one"))?.status, "failed");
      await other.terminateNode("one");
      assert.deepEqual(await processesOf(directory), [pid]);
    }));

  test("what cannot run is refused with what to do, and leaves nothing", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      const { workload, offering } = fixtureSpec("one");
      const refused = async (message: RegExp, change: object, name = "one") => {
        await assert.rejects(
          provider.createNode({ name, offering, workload: { ...workload, ...change } }),
          (error) => {
            assert(ProviderError.isInstance(error));
            assert.equal(error.outcome, "none");
            assert.match(error.message, message);
            return true;
          },
        );
        assert.deepEqual(await provider.listNodes(""), []);
      };
      await refused(/container only/, { process: undefined });
      await refused(/expected .*\/absent to be a program/, {
        process: { executable: join(directory, "absent"), arguments: [] },
      });
      await refused(/expected absent-program to be a program/, {
        process: { executable: "absent-program", arguments: [] },
      });
      await refused(/lower-case letters/, {}, "../one");
      await refused(/at most 107 bytes/, {}, "n".repeat(120));
    }));

  test("a name is used once", () =>
    withDirectory(async (directory) => {
      const provider = new ProcessNodes({ directory });
      await provider.createNode(fixtureSpec("one"));
      await assert.rejects(provider.createNode(fixtureSpec("one")), /expected no node one/);
      assert.equal((await provider.listNodes("")).length, 1);
      await provider.terminateNode("one");
    }));

  test("a folder that others can write to is closed, and one that is none is refused", () =>
    withDirectory(async (directory) => {
      await chmod(directory, 0o777);
      await new ProcessNodes({ directory }).listNodes("");
      assert.equal((await stat(directory)).mode & 0o777, 0o700);
      await writeFile(join(directory, "file"), "");
      await assert.rejects(
        new ProcessNodes({ directory: join(directory, "file") }).listNodes(""),
        ProviderError,
      );
    }));

  test("cannot stop or start a process, and says so", async () => {
    const provider = new ProcessNodes();
    assert.equal(provider.capabilities.canStop, false);
    await assert.rejects(provider.stopNode("one"), /terminate it/);
    await assert.rejects(provider.startNode("one"), /create another/);
  });

  test("offers this machine for nothing", async () => {
    const [offering, ...others] = await new ProcessNodes().listOfferings();
    assert.deepEqual(others, []);
    assert.equal(offering?.priceMicroDollarsPerHour, 0);
    assert((offering?.cpuCount ?? 0) >= 1);
    assert((offering?.memoryBytes ?? 0) > 0);
  });
});
