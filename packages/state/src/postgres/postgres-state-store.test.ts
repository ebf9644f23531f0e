import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { StateTransaction } from "@conduit/types";
import { type OpenStateStoreOptions, openStateStore } from "../open-state-store.ts";
import { SqlStateStore } from "../sql/sql-state-store.ts";
import {
  StateStoreBusyError,
  StateStoreFullError,
  StateStoreUnavailableError,
} from "../state-database-error.ts";
import { InvalidStateUriError } from "../state-place-error.ts";
import { StateSecretMissingError } from "../state-secret-error.ts";
import { failsWith } from "../testing/fails-with.ts";
import { type CommitFault, LossyProxy } from "../testing/lossy-proxy.ts";
import { noPostgres, PostgresServer } from "../testing/postgres-server.ts";
import { Holder } from "../testing/program.ts";
import { tombstone } from "../testing/rows.ts";
import { testSqlStore } from "../testing/sql-store-contract.ts";
import { testStateStore } from "../testing/state-store-contract.ts";
import { PostgresDatabase } from "./postgres-database.ts";

const secret = "secret";

let server: PostgresServer;
before(async () => {
  if (!noPostgres) server = await PostgresServer.start();
});
after(() => server?.[Symbol.asyncDispose]());

testStateStore("a PostgreSQL store", {
  skip: noPostgres,
  async makePlace() {
    const uri = server.uri(await server.createDatabase());
    return (clock) => openStateStore({ uri, clock, secret });
  },
});

testSqlStore("a PostgreSQL store as a database", {
  skip: noPostgres,
  makeUri: async () => server.uri(await server.createDatabase()),
  database: (uri) => PostgresDatabase.create(uri, { busyTimeoutMs: 1_000, idleTransactionTimeoutMs: 1_000 }),
});

describe("a PostgreSQL store on a server", { skip: noPostgres }, () => {
  async function open(options: Omit<OpenStateStoreOptions, "uri"> & { folder?: string } = {}) {
    const database = await server.createDatabase();
    const { folder, ...rest } = options;
    const store = await openStateStore({ uri: server.uri(database, folder), secret, ...rest });
    return { database, store, name: `PostgreSQL database "${database}" at ${folder ?? server.folder}` };
  }

  const put = (name: string) => (transaction: StateTransaction) => transaction.putTombstone(tombstone(name));
  const names = async (transaction: StateTransaction) =>
    (await transaction.listTombstones()).map(({ nodeName }) => nodeName);

  test("goes by the server's clock, not by the program's", async (context) => {
    const { store } = await open();
    const realMs = Date.now();
    context.mock.method(Date, "now", () => 0);
    const { nowMs } = await store.transaction(async (transaction) => transaction);
    assert(Math.abs(nowMs - realMs) < 60_000, `${nowMs} is not about ${realMs}`);
    await store.close();
  });

  test("takes the time after the wait for its turn", async () => {
    const { store, database } = await open();
    await using other = await openStateStore({ uri: server.uri(database), secret });
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    const first = store.transaction(async ({ nowMs }) => {
      begin();
      await delay(300);
      return nowMs;
    });
    await began;
    const second = await other.transaction(async ({ nowMs }) => nowMs);
    assert(second - (await first) >= 100);
    await store.close();
  });

  for (const [fault, when, expectedRuns] of [
    ["before", "never", 2],
    ["after", "in time", 1],
    ["late", "late", 1],
  ] as const satisfies readonly (readonly [CommitFault, string, number])[]) {
    test(`writes once when the connection breaks and the server gets the commit ${when}`, async () => {
      await using proxy = await LossyProxy.start(server.folder);
      const { store, database } = await open({ folder: proxy.folder });
      let runs = 0;
      proxy.faults.push(fault);
      await store.transaction(async (transaction) => {
        runs++;
        await transaction.appendEvent({ actor: "me", action: "x-y", outcome: "done" });
      });
      assert.equal(runs, expectedRuns);
      assert.equal((await server.query(database, "select * from conduit_events")).length, 1);
      await store.close();
    });
  }

  test("runs a transaction again whose connection broke between two statements", async () => {
    await using proxy = await LossyProxy.start(server.folder);
    const { store } = await open({ folder: proxy.folder });
    let runs = 0;
    await store.transaction(async (transaction) => {
      await put(`run ${++runs}`)(transaction);
      if (runs === 1) proxy.breakAll();
      await put("second statement")(transaction);
    });
    assert.deepEqual(await store.transaction(names), ["run 2", "second statement"]);
    await store.close();
  });

  test("outlives a restart of the server between two statements, and one between two transactions", async () => {
    const { store } = await open();
    const { promise: stopped, resolve: goOn } = Promise.withResolvers<void>();
    let runs = 0;
    const restarted = store.transaction(async (transaction) => {
      await put(`run ${++runs}`)(transaction);
      if (runs === 1) goOn(await server.stop());
      await put("second statement")(transaction);
    });
    await stopped;
    await delay(100);
    await server.start();
    await restarted;
    assert.deepEqual(await store.transaction(names), ["run 2", "second statement"]);
    await server.stop();
    await server.start();
    assert.deepEqual(await store.transaction(names), ["run 2", "second statement"]);
    await store.close();
  });

  test("says that the server is not there when it does not come back, and goes on when it does", async () => {
    const { store, name } = await open({ reconnectTimeoutMs: 200 });
    await store.transaction(put("before"));
    await server.stop();
    try {
      await assert.rejects(
        store.transaction(put("meanwhile")),
        failsWith(
          StateStoreUnavailableError,
          `expected to reach ${name}, but connect ENOENT ${server.folder}/.s.PGSQL.5432; nothing was written`,
        ),
      );
      const controller = new AbortController();
      const waiting = store.transaction(put("never"), { signal: controller.signal });
      const reason = new Error("enough");
      controller.abort(reason);
      await assert.rejects(waiting, reason);
    } finally {
      await server.start();
    }
    assert.deepEqual(await store.transaction(names), ["before"]);
    await store.close();
  });

  test("is not opened on a server that is not there, nor in a database that is not", async () => {
    await assert.rejects(
      openStateStore({ uri: "postgresql:///x?host=/nowhere&password=pass", secret }),
      failsWith(
        StateStoreUnavailableError,
        'expected to reach PostgreSQL database "x" at /nowhere, but connect ENOENT /nowhere/.s.PGSQL.5432; nothing was written',
      ),
    );
    await assert.rejects(
      openStateStore({ uri: server.uri("nobody"), secret }),
      failsWith(
        StateStoreUnavailableError,
        `expected to reach PostgreSQL database "nobody" at ${server.folder}, but database "nobody" does not exist; nothing was written`,
      ),
    );
  });

  test("says that others hold the database for too long", async () => {
    const { store, database, name } = await open();
    await using other = await openStateStore({ uri: server.uri(database), secret, busyTimeoutMs: 100 });
    await store.transaction(async () => {
      await assert.rejects(
        other.transaction(put("t")),
        failsWith(
          StateStoreBusyError,
          `expected to get hold of ${name} within 100 ms, but others held it; nothing was written, so try again, and look for a suspended program that uses it`,
        ),
      );
    });
    await other.transaction(put("t"));
    await store.close();
  });

  for (const [busyTimeoutMs, told] of [
    [0, 1],
    [Number.POSITIVE_INFINITY, undefined],
  ] as const) {
    test(`takes a timeout of ${busyTimeoutMs} at its word`, async () => {
      const { store, database, name } = await open();
      await using other = await openStateStore({ uri: server.uri(database), secret, busyTimeoutMs });
      let waiting = Promise.resolve();
      await store.transaction(async () => {
        waiting = other.transaction(put("t"));
        waiting.catch(() => {});
        await delay(300);
      });
      if (told === undefined) await waiting;
      else
        await assert.rejects(
          waiting,
          failsWith(
            StateStoreBusyError,
            `expected to get hold of ${name} within ${told} ms, but others held it; nothing was written, so try again, and look for a suspended program that uses it`,
          ),
        );
      await store.close();
    });
  }

  test("is used by a role that may read and write its tables, but make none", async () => {
    const { store, database } = await open();
    await store.close();
    await server.query(
      database,
      `create role user_of_${database} login;
       grant select, insert, update, delete on all tables in schema public to user_of_${database}`,
    );
    const uri = server.uri(database).replace("user=conduit", `user=user_of_${database}`);
    await using restricted = await openStateStore({ uri, secret });
    await restricted.transaction(put("t"));
    assert.deepEqual(await restricted.transaction(names), ["t"]);
  });

  test("waits no longer than its signal allows, and the lock is not lost", async () => {
    const { store, database } = await open();
    await using other = await openStateStore({ uri: server.uri(database), secret });
    await store.transaction(async () => {
      const controller = new AbortController();
      const waiting = other.transaction(() => assert.fail("ran"), { signal: controller.signal });
      await delay(100);
      const reason = new Error("enough");
      controller.abort(reason);
      await assert.rejects(waiting, reason);
    });
    await other.transaction(put("t"));
    assert.deepEqual(await store.transaction(names), ["t"]);
    await store.close();
  });

  test("goes on without a program that was suspended in its transaction, which runs it again later", async () => {
    const database = await server.createDatabase();
    using holder = await Holder.start(server.uri(database), 300);
    holder.suspend();
    await using store = await openStateStore({ uri: server.uri(database), secret });
    await store.transaction(put("meanwhile"));
    assert.deepEqual(await store.transaction(names), ["meanwhile"]);
    holder.resume();
    assert.equal(await holder.finish(), "ran 2");
    assert.deepEqual(await store.transaction(names), ["held", "meanwhile"]);
  });

  test("says that the server's disk is full", async () => {
    const { store, database, name } = await open();
    // A real full disk cannot be had without the right to mount one; its code can.
    await server.query(
      database,
      `create function full_disk() returns trigger language plpgsql
       as $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
       create trigger full_disk before insert on conduit_tombstones for each row execute function full_disk()`,
    );
    await assert.rejects(
      store.transaction(put("t")),
      failsWith(
        StateStoreFullError,
        `expected room for more rows in ${name}, but its disk is full; nothing was written, so make room and try again`,
      ),
    );
    await store.close();
  });

  test("commits durably where the server would not by itself", async () => {
    const { store, database } = await open();
    await server.query("postgres", `alter database ${database} set synchronous_commit = off`);
    const raw = await PostgresDatabase.create(server.uri(database), {
      busyTimeoutMs: 1_000,
      idleTransactionTimeoutMs: 1_000,
    });
    const connection = await raw.connect();
    await connection.begin("rows", undefined);
    assert.deepEqual(await connection.query("show synchronous_commit"), [{ synchronous_commit: "on" }]);
    await connection.rollback();
    assert.deepEqual(await connection.query("show synchronous_commit"), [{ synchronous_commit: "off" }]);
    await connection.release();
    await raw.close();
    await store.close();
  });

  test("needs a secret, since there is no folder for a key beside it", async () => {
    const uri = server.uri(await server.createDatabase());
    const database = await PostgresDatabase.create(uri, {
      busyTimeoutMs: 1_000,
      idleTransactionTimeoutMs: 1_000,
    });
    const options = { secret: undefined, keyFile: undefined, reconnectTimeoutMs: 0 };
    await assert.rejects(
      SqlStateStore.open(database, options),
      failsWith(
        StateSecretMissingError,
        `expected a secret to encrypt the endpoint keys in ${database.store} with, but found none; set CONDUIT_SECRET to the same random text (openssl rand -base64 32) in all programs that use it`,
      ),
    );
  });
});

test("a URI that PostgreSQL's driver cannot parse is not told, since it may hold a password", async () => {
  await assert.rejects(
    openStateStore({ uri: "postgresql://user:pass@host:port:port/x", secret }),
    (error) => {
      assert(InvalidStateUriError.isInstance(error));
      assert.equal(error.cause, undefined);
      assert.doesNotMatch(`${error.stack}`, /pass@|user:/);
      assert.equal(
        error.message,
        "expected the URI of a state store (CONDUIT_DB_URI) such as sqlite:///conduit.db, sqlite:////var/lib/conduit.db or postgresql://user@host/database, but found one of PostgreSQL that cannot be parsed",
      );
      return true;
    },
  );
});

describe("a server that takes connections and is no PostgreSQL", () => {
  async function listen(answer: (socket: Socket) => void) {
    const sockets = new Set<Socket>();
    const stub = createServer((socket) => {
      sockets.add(socket);
      answer(socket);
    });
    stub.listen(0, "127.0.0.1");
    await once(stub, "listening");
    const { port } = stub.address() as AddressInfo;
    return {
      uri: `postgresql://user:pass@127.0.0.1:${port}/x`,
      name: `PostgreSQL database "x" at 127.0.0.1:${port}`,
      [Symbol.dispose]() {
        for (const socket of sockets) socket.destroy();
        stub.close();
      },
    };
  }

  test("is unavailable when it refuses what the URI asks for", async () => {
    using stub = await listen((socket) => socket.once("data", () => socket.write("N")));
    await assert.rejects(
      openStateStore({ uri: `${stub.uri}?ssl=true`, secret }),
      failsWith(
        StateStoreUnavailableError,
        `expected to reach ${stub.name}, but The server does not support SSL connections; nothing was written`,
      ),
    );
  });

  test("is waited for no longer than the signal allows", { timeout: 5_000 }, async () => {
    using stub = await listen(() => {});
    const controller = new AbortController();
    const reason = new Error("enough");
    const opening = openStateStore({ uri: stub.uri, secret, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 100);
    await assert.rejects(opening, reason);
  });
});

test("a certificate that a URI names and that is not there is told", async () => {
  await assert.rejects(
    openStateStore({ uri: "postgresql://user:pass@host/x?sslrootcert=/nowhere/root.pem", secret }),
    failsWith(
      InvalidStateUriError,
      "expected the URI of a state store (CONDUIT_DB_URI) such as sqlite:///conduit.db, sqlite:////var/lib/conduit.db or postgresql://user@host/database, but found one of PostgreSQL that cannot be used: ENOENT at /nowhere/root.pem",
    ),
  );
});
