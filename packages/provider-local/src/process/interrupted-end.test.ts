import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fixtureSpec, until, withDirectory } from "../testing/fixture.ts";
import { NodeFolder } from "./node-folder.ts";
import { ProcessNodes } from "./process-nodes.ts";

test("a node whose end was given up, or whose ender has died, runs on as far as anybody can tell", () =>
  withDirectory(async (directory) => {
    const nodes = new ProcessNodes({ directory, terminationGraceSeconds: 60 });
    const id = "conduit-one";
    const status = async () => (await nodes.getNode(id))?.status;
    await nodes.createNode(fixtureSpec(id, { FIXTURE_STUBBORN: "1" }));
    await until("the node to run", async () => (await status()) === "running");

    const abort = new AbortController();
    const ending = assert.rejects(nodes.terminateNode(id, { signal: abort.signal }), /enough/);
    await until("the node to be ended", async () => (await status()) === "terminating");
    abort.abort(new Error("enough"));
    await ending;
    assert.equal(await status(), "running");

    // Ends at once, so that the process it tells of is gone.
    const code = `const { NodeFolder } = await import(${JSON.stringify(import.meta.resolve("./node-folder.ts"))});
      await new NodeFolder(...process.argv.slice(1)).markTerminating();`;
    const folder = new NodeFolder(`${directory}/nodes`, id);
    const ender = spawn(
      process.execPath,
      [...process.execArgv, "--input-type=module", "--eval", code, `${directory}/nodes`, id],
      { stdio: ["ignore", "inherit", "inherit"] },
    );
    assert.deepEqual(await once(ender, "exit"), [0, null]);
    assert.equal(await folder.isTerminating(), false);
    assert.equal(await status(), "running");
  }));
