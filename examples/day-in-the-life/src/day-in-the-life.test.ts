import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { LocalProvider } from "@conduit/provider-local";
import { openStateStore } from "@conduit/state";
import { dayInTheLife } from "./day-in-the-life.ts";

const model = fileURLToPath(new URL("../../demo-model", import.meta.url));

test("a day in the life of a deployment ends as it began: with nothing", async () => {
  const directory = mkdtempSync(join(tmpdir(), "cd-"));
  const store = await openStateStore({ uri: `sqlite:///${directory}/conduit.db` });
  const provider = new LocalProvider({ directory: join(directory, "run") });
  try {
    const lines: string[] = [];
    await dayInTheLife({ model, provider, store, say: (line) => lines.push(line) });
    const told = lines.join("\n");
    assert.match(told, /"sentiment":"(positive|negative|mixed)"/);
    assert.match(told, /8 of 8 requests were answered/);
    assert.match(told, /DEPLOYED, 2 wanted\n( {2}conduit-\S+ DEPLOYED, ready\n?){2}/);
    assert.match(told, /0 deployments, 0 orphans/);
    assert.deepEqual(await provider.listNodes("conduit-"), []);
    await store.transaction(async (transaction) => {
      assert.deepEqual(await transaction.listDeployments(), []);
      assert.ok((await transaction.listEvents()).length > 20);
    });
  } finally {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
