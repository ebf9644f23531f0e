import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { promisify } from "node:util";
import { openStateStore } from "./open-state-store.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "conduit-open-")));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs a program in the folder. */
async function run(program: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@conduit/source", "--input-type=module", "-e", program],
    { cwd: folder, env: { ...process.env, CONDUIT_DB_URI: undefined, CONDUIT_SECRET: undefined, ...env } },
  );
  return stdout.trim();
}

const open = `
  const { openStateStore } = await import(${JSON.stringify(import.meta.resolve("./open-state-store.ts"))});
  const store = await openStateStore().catch((error) => error);
`;

test("the store is conduit.db of the working directory, unless CONDUIT_DB_URI names another", async () => {
  const tell = `${open} console.log(await store.storeId()); await store.close();`;
  const here = await run(tell, {});
  assert.deepEqual((await readdir(folder)).sort(), ["conduit.db", "conduit.db.key"]);
  assert.equal(await run(tell, { CONDUIT_DB_URI: "" }), here);
  const there = await run(tell, { CONDUIT_DB_URI: `sqlite:///${folder}/other.db`, CONDUIT_SECRET: "secret" });
  assert.notEqual(there, here);
  assert.deepEqual((await readdir(folder)).sort(), ["conduit.db", "conduit.db.key", "other.db"]);
});

test("a secret that is empty is none", async () => {
  const uri = `sqlite:///${folder}/conduit.db`;
  await (await openStateStore({ uri, secret: "" })).close();
  assert.deepEqual((await readdir(folder)).sort(), ["conduit.db", "conduit.db.key"]);
});

test("a program that forgets to close its store ends all the same, and keeps what it has committed", async () => {
  const commit = `${open} await store.transaction((transaction) =>
    transaction.appendEvent({ actor: "me", action: "x-y", outcome: "done" }));`;
  await run(commit, {});
  await using store = await openStateStore({ uri: `sqlite:///${folder}/conduit.db` });
  assert.equal((await store.transaction((transaction) => transaction.listEvents())).length, 1);
});

test("a driver that does not load is named, with what to do", async () => {
  const without = (name: string) => `
    import { registerHooks } from "node:module";
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier === "${name}") throw new Error("Could not locate the bindings file");
        return next(specifier, context);
      },
    });
    ${open}
    console.log(store.code, store.message);
  `;
  for (const [name, uri] of [
    ["sqlite3", "sqlite:///conduit.db"],
    ["pg", "postgresql:///conduit"],
  ] as const) {
    assert.equal(
      await run(without(name), { CONDUIT_DB_URI: uri }),
      `STATE_DRIVER expected the package ${name} to load, but Could not locate the bindings file; install it again, and let it run its install script where your package manager asks (npm install-scripts approve ${name}, pnpm approve-builds)`,
    );
  }
});

test("an aborted signal keeps a store from being opened", async () => {
  const reason = new Error("enough");
  const uri = `sqlite:///${folder}/conduit.db`;
  await assert.rejects(openStateStore({ uri, signal: AbortSignal.abort(reason) }), reason);
  assert.deepEqual(await readdir(folder), []);
});
