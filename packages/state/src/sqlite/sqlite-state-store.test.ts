import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { openStateStore } from "../open-state-store.ts";
import { SqlStateStore } from "../sql/sql-state-store.ts";
import {
  StateStoreBusyError,
  StateStoreCorruptError,
  StateStoreFullError,
  StateStoreUnavailableError,
} from "../state-database-error.ts";
import { SecretKeyFileError, StateSecretMismatchError } from "../state-secret-error.ts";
import { failsWith } from "../testing/fails-with.ts";
import { Holder } from "../testing/program.ts";
import { deployment, tombstone } from "../testing/rows.ts";
import { testSqlStore } from "../testing/sql-store-contract.ts";
import { testStateStore } from "../testing/state-store-contract.ts";
import { SqliteDatabase } from "./sqlite-database.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "conduit-sqlite-"));
});
after(() => rm(folder, { recursive: true }));

const noLocks = !existsSync("/proc/locks") && "this system does not list the locks of files";

async function makePath(): Promise<string> {
  return join(await mkdtemp(join(folder, "store-")), "conduit.db");
}

testStateStore("a SQLite store", {
  async makePlace() {
    const uri = `sqlite:///${await makePath()}`;
    return (clock) => openStateStore({ uri, clock });
  },
});

testSqlStore("a SQLite store as a database", {
  makeUri: async () => `sqlite:///${await makePath()}`,
  database: async (uri) => new SqliteDatabase(uri.slice("sqlite:///".length), { busyTimeoutMs: 1_000 }),
});

describe("a SQLite store as a file", () => {
  const open = (path: string, busyTimeoutMs?: number) =>
    openStateStore({ uri: `sqlite:///${path}`, busyTimeoutMs });

  test("can be read by its owner alone, with all that belongs to it", async () => {
    const path = await makePath();
    await using store = await open(path);
    await store.transaction((transaction) => transaction.putTombstone(tombstone("t")));
    const files = await readdir(join(path, ".."));
    assert.deepEqual(files.sort(), ["conduit.db", "conduit.db-shm", "conduit.db-wal", "conduit.db.key"]);
    for (const file of files) assert.equal((await stat(join(path, "..", file))).mode & 0o777, 0o600, file);
  });

  test("has a write-ahead log that is flushed with each commit", async () => {
    const database = new SqliteDatabase(await makePath(), { busyTimeoutMs: 0 });
    const connection = await database.connect();
    assert.deepEqual(await connection.query("pragma journal_mode"), [{ journal_mode: "wal" }]);
    assert.deepEqual(await connection.query("pragma synchronous"), [{ synchronous: 2 }]);
    assert.deepEqual(await connection.query("pragma foreign_keys"), [{ foreign_keys: 1 }]);
    await database.close();
  });

  test("holds no endpoint key in clear", async () => {
    const path = await makePath();
    await using store = await open(path);
    const row = { ...deployment("a"), endpointKey: "endpoint-key-in-clear" };
    await store.transaction((transaction) => transaction.putDeployment(row));
    for (const file of await readdir(join(path, "..")))
      assert(!(await readFile(join(path, "..", file))).includes("in-clear"), file);
  });

  test("serves more stores of one program than it has threads", async () => {
    const path = await makePath();
    const stores = await Promise.all(Array.from({ length: 12 }, () => open(path)));
    await Promise.all(
      stores.map(async (store, index) => {
        for (let time = 0; time < 5; time++)
          await store.transaction((transaction) => transaction.putTombstone(tombstone(`${index}-${time}`)));
      }),
    );
    const [store] = stores;
    assert.equal((await store?.transaction((transaction) => transaction.listTombstones()))?.length, 60);
    for (const each of stores) await each.close();
  });

  test("keeps its locks when the same program opens it again", { skip: noLocks }, async () => {
    const path = await makePath();
    await using first = await open(path);
    const { ino } = await stat(path);
    const locks = async () =>
      (await readFile("/proc/locks", "utf8"))
        .split("\n")
        .filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `));
    assert.equal((await locks()).length, 1);
    const second = await open(path);
    assert.equal((await locks()).length, 1);
    await second.close();
    assert.equal((await locks()).length, 1);
    await first.transaction((transaction) => transaction.putTombstone(tombstone("t")));
  });

  test("that a suspended program holds is busy, and free when the program goes on", async () => {
    const path = await makePath();
    using holder = await Holder.start(`sqlite:///${path}`, 0);
    holder.suspend();
    await assert.rejects(
      open(path, 100),
      failsWith(
        StateStoreBusyError,
        `expected to get hold of SQLite database ${path} within 100 ms, but others held it; nothing was written, so try again, and look for a suspended program that uses it`,
      ),
    );
    holder.resume();
    assert.equal(await holder.finish(), "ran 1");
    await using store = await openStateStore({ uri: `sqlite:///${path}`, secret: "secret" });
    assert.equal((await store.transaction((transaction) => transaction.listTombstones())).length, 1);
  });

  test("waits no longer than its signal allows", async () => {
    const path = await makePath();
    await using store = await open(path);
    await using other = await open(path);
    const { promise: gate, resolve: leave } = Promise.withResolvers<void>();
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    const holding = other.transaction(() => {
      begin();
      return gate;
    });
    await began;
    const controller = new AbortController();
    const waiting = store.transaction(() => assert.fail("ran"), { signal: controller.signal });
    await delay(50);
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(waiting, reason);
    leave();
    await holding;
    assert.deepEqual(await store.transaction((transaction) => transaction.listTombstones()), []);
  });

  test("that has no room left says so, keeps what it has, and goes on when there is room again", async () => {
    const path = await makePath();
    const database = new SqliteDatabase(path, { busyTimeoutMs: 0 });
    const options = { secret: "secret", keyFile: undefined, reconnectTimeoutMs: 0 };
    await using store = await SqlStateStore.open(database, options);
    await store.transaction((transaction) => transaction.putTombstone(tombstone("t")));
    const [pages] = await (await database.connect()).query("pragma page_count");
    const limit = async (count: number) =>
      (await database.connect()).query(`pragma max_page_count = ${count}`);
    await limit((pages as { page_count: number }).page_count);
    const row = { ...deployment("a"), spec: { text: "x".repeat(100_000) } };
    await assert.rejects(
      store.transaction((transaction) => transaction.putDeployment(row)),
      failsWith(
        StateStoreFullError,
        `expected room for more rows in SQLite database ${path}, but its disk is full; nothing was written, so make room and try again`,
      ),
    );
    assert.deepEqual(await store.transaction((transaction) => transaction.listTombstones()), [
      tombstone("t"),
    ]);
    await limit(1_000_000);
    await store.transaction((transaction) => transaction.putDeployment(row));
    assert.deepEqual(await store.transaction((transaction) => transaction.getDeployment("a")), row);
  });

  for (const [problem, change] of [
    ["its file was removed", (path: string) => rm(path)],
    [
      "another file was put in its place",
      async (path: string) => {
        await writeFile(`${path}.other`, "");
        await rename(`${path}.other`, path);
      },
    ],
  ] as const) {
    test(`writes nothing that nobody would find: ${problem}`, async () => {
      const path = await makePath();
      await using store = await open(path);
      await change(path);
      await assert.rejects(
        store.transaction((transaction) => transaction.putTombstone(tombstone("t"))),
        failsWith(
          StateStoreUnavailableError,
          `expected to reach SQLite database ${path}, but ${problem} while this program used it; nothing was written`,
        ),
      );
    });
  }

  test("writes nothing that nobody would find: its file was removed while it waited for its turn", async () => {
    const path = await makePath();
    await using store = await open(path);
    await using other = await open(path);
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    const { promise: gate, resolve: leave } = Promise.withResolvers<void>();
    const holding = other.transaction(() => {
      begin();
      return gate;
    });
    await began;
    const waiting = store.transaction((transaction) => transaction.putTombstone(tombstone("t")));
    const refused = assert.rejects(waiting, StateStoreUnavailableError);
    await delay(50);
    await rm(path);
    leave();
    await Promise.all([holding, refused]);
  });

  test("that is something else is left alone", async () => {
    const path = await makePath();
    const text = "Dear diary, today I learned about databases.".repeat(100);
    await writeFile(path, text);
    await assert.rejects(
      open(path),
      failsWith(
        StateStoreCorruptError,
        `expected SQLite database ${path} to be an undamaged database of Conduit, but SQLITE_NOTADB: file is not a database; restore it from a backup, or name another one in CONDUIT_DB_URI`,
      ),
    );
    assert.equal(await readFile(path, "utf8"), text);
  });

  test("is made where a symbolic link leads", async () => {
    const path = await makePath();
    await symlink("elsewhere.db", path);
    await using store = await open(path);
    await store.transaction((transaction) => transaction.putTombstone(tombstone("t")));
    assert.equal((await stat(join(path, "..", "elsewhere.db"))).mode & 0o777, 0o600);
  });

  test("in a folder that is not there is named", async () => {
    const path = join(await makePath(), "conduit.db");
    await assert.rejects(
      open(path),
      (error) =>
        StateStoreUnavailableError.isInstance(error) &&
        error.message.startsWith(
          `expected to reach SQLite database ${path}, but ENOENT: no such file or directory, open '${path}`,
        ),
    );
  });

  describe("with its key in a file", () => {
    test("takes on a secret that is set later: the file can go, and without the secret it does not open", async () => {
      const path = await makePath();
      const uri = `sqlite:///${path}`;
      await using first = await open(path);
      await first.transaction((transaction) => transaction.putDeployment(deployment("a")));
      await (await openStateStore({ uri, secret: "secret" })).close();
      await rm(`${path}.key`);
      await using second = await openStateStore({ uri, secret: "secret" });
      assert.deepEqual(
        await second.transaction((transaction) => transaction.getDeployment("a")),
        deployment("a"),
      );
      await assert.rejects(open(path), StateSecretMismatchError);
    });

    test("encrypts nothing with it any more once another program has set a secret", async () => {
      const path = await makePath();
      await using outdated = await open(path);
      await using store = await openStateStore({ uri: `sqlite:///${path}`, secret: "secret" });
      await assert.rejects(
        outdated.transaction((transaction) => transaction.putDeployment(deployment("a"))),
        failsWith(
          StateSecretMismatchError,
          `expected the secret that the endpoint keys in SQLite database ${path} are encrypted with, but found another; another program has encrypted them with its CONDUIT_SECRET since this one has opened it; start this one again with the same`,
        ),
      );
      assert.deepEqual(await store.transaction((transaction) => transaction.listDeployments()), []);
    });

    test("refuses another key, and makes none where the right one is lost", async () => {
      const path = await makePath();
      await (await open(path)).close();
      await rm(`${path}.key`);
      await assert.rejects(
        open(path),
        failsWith(
          StateSecretMismatchError,
          `expected the secret that the endpoint keys in SQLite database ${path} are encrypted with, but found another; set CONDUIT_SECRET to the one that was used before, or restore ${path}.key where there was none`,
        ),
      );
      assert.deepEqual((await readdir(join(path, ".."))).sort(), ["conduit.db"]);
    });

    test("refuses one that others can read", async () => {
      const path = await makePath();
      await (await open(path)).close();
      await chmod(`${path}.key`, 0o640);
      await assert.rejects(open(path), (error) => {
        assert(SecretKeyFileError.isInstance(error));
        assert.equal(error.path, `${path}.key`);
        assert.equal(
          error.message,
          `expected ${path}.key to hold a key of 32 bytes that only its owner can read, but its mode is 0640; run chmod 600 on it`,
        );
        return true;
      });
    });

    test("refuses one that is something else", async () => {
      const path = await makePath();
      await writeFile(`${path}.key`, "garbage", { mode: 0o600 });
      await assert.rejects(
        open(path),
        failsWith(
          SecretKeyFileError,
          `expected ${path}.key to hold a key of 32 bytes that only its owner can read, but it holds something else; restore it from a backup`,
        ),
      );
    });
  });
});
