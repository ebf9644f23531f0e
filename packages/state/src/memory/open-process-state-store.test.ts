import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { promisify } from "node:util";
import { StoreIdFileError } from "../state-place-error.ts";
import { testStateStore } from "../testing/state-store-contract.ts";
import { openProcessStateStore } from "./open-process-state-store.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "conduit-state-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("the UUID is the same for each who opens the store, and only its user can read it", async () => {
  await using first = await openProcessStateStore({ directory: folder });
  await using second = await openProcessStateStore({ directory: folder });
  assert.equal(await second.storeId(), await first.storeId());
  const file = join(folder, "store-id");
  assert.equal((await readFile(file, "utf8")).trim(), await first.storeId());
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test("a store that was opened twice has the same rows", async () => {
  await using first = await openProcessStateStore({ directory: folder });
  await using second = await openProcessStateStore({ directory: folder });
  const tombstone = {
    nodeName: "n",
    provider: "LOCAL",
    scope: "here",
    reason: "lost",
    createdAtMs: 1,
  } as const;
  await first.transaction((transaction) => transaction.putTombstone(tombstone));
  await first.close();
  assert.deepEqual(await second.transaction((transaction) => transaction.listTombstones()), [tombstone]);
});

test("programs that start together agree on the UUID", async () => {
  const program = `
    const { openProcessStateStore } = await import(${JSON.stringify(import.meta.resolve("./open-process-state-store.ts"))});
    const store = await openProcessStateStore();
    process.stdout.write(await store.storeId());
  `;
  const outputs = await Promise.all(
    Array.from({ length: 6 }, () =>
      promisify(execFile)(
        process.execPath,
        ["--conditions=@conduit/source", "--input-type=module", "-e", program],
        {
          env: { ...process.env, XDG_STATE_HOME: folder },
        },
      ),
    ),
  );
  const storeIds = new Set(outputs.map(({ stdout }) => stdout));
  assert.equal(storeIds.size, 1);
  assert.match([...storeIds].join(), /^[0-9a-f-]{36}$/);
  assert.deepEqual(await readdir(join(folder, "conduit")), ["store-id"]);
});

test("callers of one program that start together agree on the UUID", async () => {
  const stores = await Promise.all(
    Array.from({ length: 50 }, () => openProcessStateStore({ directory: join(folder, "deep", "er") })),
  );
  assert.equal(new Set(await Promise.all(stores.map((store) => store.storeId()))).size, 1);
});

test("a file that holds something else is named", async () => {
  await writeFile(join(folder, "store-id"), "garbage");
  await assert.rejects(openProcessStateStore({ directory: folder }), (error) => {
    assert(StoreIdFileError.isInstance(error));
    assert.equal(error.path, join(folder, "store-id"));
    assert.match(error.message, /holds something else; remove the file/);
    return true;
  });
});

test("a folder that cannot be made is named", async () => {
  await writeFile(join(folder, "file"), "");
  await assert.rejects(openProcessStateStore({ directory: join(folder, "file") }), StoreIdFileError);
});

testStateStore("openProcessStateStore", {
  async makePlace() {
    const directory = await mkdtemp(join(folder, "store-"));
    return (clock) => openProcessStateStore({ directory, clock });
  },
});
