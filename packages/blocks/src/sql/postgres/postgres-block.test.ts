import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectTo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Type } from "typebox";
import { BlockDisposedError, PostgresBlock, type PostgresOptions, SupportsSqlCommand } from "../../index.ts";
import { eventually } from "../../testing/eventually.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../../testing/postgres-server.ts";
import { POSTGRES_VALUES } from "../../testing/postgres-values.ts";

describe("PostgreSQL", { skip: noPostgres }, () => {
  let server: PostgresServer;
  let database: string;
  before(async () => {
    server = await startPostgres();
    database = await server.createDatabase();
    await server.query(database, "create table a (x int primary key, y text)");
  });
  after(() => server[Symbol.asyncDispose]());

  function connect(options: Partial<PostgresOptions> = {}) {
    const block = new PostgresBlock(SupportsSqlCommand, { url: server.uri(database), ...options });
    return {
      block,
      run: (sqlCommand: string, parameters?: (string | number | boolean | null)[], signal?: AbortSignal) =>
        block.run(parameters === undefined ? { sqlCommand } : { sqlCommand, parameters }, { signal }),
      [Symbol.asyncDispose]: () => block.dispose(),
    };
  }

  async function statesOf(query: string): Promise<readonly unknown[]> {
    const sql = `select state from pg_stat_activity where query like '%${query}%' and pid <> pg_backend_pid()`;
    return (await server.query(database, sql)).map(({ state }) => state);
  }

  test("a command gives rows, or the number of rows that it changed", async () => {
    await using sql = connect();
    const inserted = await sql.run("insert into a values (1, 'é'), ($1, $2)", [2, null]);
    assert.deepEqual(inserted, { success: true, rows: [], rowCount: 2 });
    assert.deepEqual(await sql.run("select * from a order by x;"), {
      success: true,
      rows: [
        { x: 1, y: "é" },
        { x: 2, y: null },
      ],
      rowCount: 2,
    });
    assert.deepEqual((await sql.run("delete from a returning x")).rowCount, 2);
  });

  test("values are as JSON has them, without the loss of a digit", async () => {
    await using sql = connect();
    assert.deepEqual((await sql.run(POSTGRES_VALUES.sql)).rows, [POSTGRES_VALUES.row]);
    await using utc = connect({ url: `${server.uri(database)}&options=-c%20timezone%3DUTC` });
    const { rows } = await utc.run("select timestamptz '2026-01-02 03:04:05+02' as at");
    assert.deepEqual(rows, [{ at: "2026-01-02T01:04:05+00:00" }]);
  });

  test("rows are typed and validated, and what they should not be is rolled back", async () => {
    const block = new PostgresBlock(SupportsSqlCommand, {
      url: server.uri(database),
      row: Type.Object({ x: Type.Integer({ maximum: 10 }) }),
    });
    const good = await block.run({ sqlCommand: "insert into a values (10) returning x" });
    assert.ok(good.success);
    const x: number | undefined = good.rows[0]?.x;
    assert.equal(x, 10);
    const bad = await block.run({ sqlCommand: "insert into a values (11) returning x" });
    assert.ok(!bad.success);
    assert.equal(bad.failure, "rows");
    await block.dispose();
    assert.deepEqual(await server.query(database, "delete from a returning x"), [{ x: 10 }]);
  });

  test("what the server refuses is a failure, and leaves nothing behind", async () => {
    await using sql = connect({ allowSeveralStatements: true });
    const failed = await sql.run("insert into a values (1); insert into a values (1)");
    assert.ok(!failed.success);
    assert.deepEqual([failed.failure, failed.errorCode], ["statement", "23505"]);
    assert.match(failed.reason, /^PostgreSQL: duplicate key/);
    assert.deepEqual(await server.query(database, "select * from a"), []);
    const typed = await sql.run("select $1::int", ["'; drop table a"]);
    assert.ok(!typed.success);
    assert.equal(typed.errorCode, "22P02");
    assert.deepEqual(
      (await sql.run("create temp table t (x int); insert into t values (1); select * from t")).rows,
      [{ x: 1 }],
    );
  });

  test("a hostile command cannot end the transaction, nor be several, nor stay in the session", async () => {
    await using one = connect();
    for (const command of [
      "commit",
      "select 1; commit",
      "/* /* */ */ rollback",
      "prepare transaction 'a'",
      "",
      "; --",
    ]) {
      const operation = await one.run(command);
      assert.ok(!operation.success, command);
      assert.equal(operation.failure, "refused");
    }
    await using several = connect({ allowSeveralStatements: true, maxConnections: 1 });
    for (const command of ["insert into a values (1); commit; select 1", "do $$ begin commit; end $$"]) {
      assert.ok(!(await several.run(command)).success, command);
    }
    assert.deepEqual(await server.query(database, "select * from a"), []);
    assert.ok((await several.run("set search_path = pg_catalog; create temp table left_over ()")).success);
    assert.ok((await several.run("select * from a")).success, "the search path is the old one");
    assert.ok(!(await several.run("select * from left_over")).success);
    for (const command of ["copy a from stdin", "copy a to program 'cat'"]) {
      const operation = await one.run(command);
      assert.ok(!operation.success);
      assert.equal(operation.failure, "refused");
    }
  });

  test("a database that is only read cannot be changed", async () => {
    await using sql = connect({ readOnly: true, allowSeveralStatements: true });
    assert.ok((await sql.run("select * from a")).success);
    for (const command of [
      "insert into a values (1)",
      "set transaction read write; insert into a values (1)",
      "set transaction_read_only = off; insert into a values (1)",
      "set session characteristics as transaction read write; insert into a values (1)",
      "do $$ begin set transaction read write; insert into a values (1); end $$",
    ]) {
      assert.ok(!(await sql.run(command)).success, command);
    }
    assert.ok((await sql.run("set session characteristics as transaction read write")).success);
    assert.ok(!(await sql.run("insert into a values (1)")).success, "nor by what came before");
    assert.deepEqual(await server.query(database, "select * from a"), []);
  });

  test("the signal cancels the statement in the server, and what it changed is not kept", async () => {
    await using sql = connect({ maxConnections: 1, allowSeveralStatements: true });
    for (const waitMs of [0, 5, 50, 500]) {
      const controller = new AbortController();
      const running = sql.run(
        "insert into a values (1); select pg_sleep(1001)",
        undefined,
        controller.signal,
      );
      await delay(waitMs);
      const reason = new Error("stop");
      controller.abort(reason);
      await assert.rejects(running, reason);
      await eventually(async () => assert.ok(!(await statesOf("pg_sleep(1001)")).includes("active")));
      // The only connection is free again.
      assert.deepEqual((await sql.run("select count(*) as n from a")).rows, [{ n: 0 }]);
    }
  });

  test("the signal ends the wait for a connection", async () => {
    await using sql = connect({ maxConnections: 1 });
    const [first, second] = [new AbortController(), new AbortController()];
    const running = sql.run("select pg_sleep(1002)", [], first.signal);
    const waiting = sql.run("select 1", [], second.signal);
    second.abort(new Error("second"));
    await assert.rejects(waiting, /second/);
    first.abort(new Error("first"));
    await assert.rejects(running, /first/);
  });

  test("the timeout and the limits of rows cancel too", async () => {
    await using hasty = connect({ timeoutSeconds: 0.5 });
    const late = await hasty.run("select pg_sleep(1003)");
    assert.ok(!late.success);
    assert.equal(late.failure, "timeout");
    assert.deepEqual(await statesOf("pg_sleep(1003)").then((states) => states.includes("active")), false);
    await using small = connect({ maxRows: 10, maxResultBytes: 10_000, allowSeveralStatements: true });
    assert.equal((await small.run("select generate_series(1, 10)")).rowCount, 10);
    for (const command of [
      "insert into a values (1); select generate_series(1, 1000000000)",
      "select repeat('x', 10001)",
    ]) {
      const operation = await small.run(command);
      assert.ok(!operation.success, command);
      assert.equal(operation.failure, "size");
    }
    assert.deepEqual(await server.query(database, "select * from a"), []);
  });

  test("many runs share few connections, and none is left", async () => {
    const sql = connect({ maxConnections: 3, url: `${server.uri(database)}&application_name=many` });
    const counts: number[] = [];
    const runs = Array.from({ length: 100 }, async (_, index) => {
      const operation = await sql.run(
        "select $1::int as index, (select count(*) from pg_stat_activity where application_name = 'many') as n",
        [index],
      );
      assert.ok(operation.success);
      const [row] = operation.rows as { index: number; n: number }[];
      assert.equal(row?.index, index);
      counts.push(row?.n ?? 0);
    });
    await Promise.all(runs);
    assert.ok(Math.max(...counts) <= 3, String(Math.max(...counts)));
    await sql.block.dispose();
    const count = "select count(*)::int as n from pg_stat_activity where application_name = 'many'";
    await eventually(async () => assert.deepEqual(await server.query(database, count), [{ n: 0 }]));
    await assert.rejects(sql.run("select 1"), BlockDisposedError);
  });

  test("a connection that breaks during the commit leaves open whether it was", async () => {
    const folder = mkdtempSync(join(tmpdir(), "conduit-proxy-"));
    const name = ".s.PGSQL.5432";
    const proxy = createServer((client) => {
      const upstream = connectTo(join(server.folder, name));
      for (const socket of [client, upstream]) socket.on("error", () => {});
      upstream.pipe(client);
      client.on("data", (data) => {
        upstream.write(data);
        // The server gets it; its answer does not arrive.
        if (data.includes("commit")) client.destroy();
      });
      client.on("close", () => upstream.end());
    }).listen(join(folder, name));
    await using sql = connect({ url: server.uri(database).replace(server.folder, folder) });
    const operation = await sql.run("insert into a values (1)");
    assert.ok(!operation.success);
    assert.equal(operation.failure, "commit");
    assert.match(operation.reason, /is not known/);
    await eventually(async () =>
      assert.deepEqual(await server.query(database, "delete from a returning x"), [{ x: 1 }]),
    );
    proxy.close();
    rmSync(folder, { recursive: true });
  });

  test("a server that ends in the middle is a failure, and is found again", async () => {
    await using sql = connect();
    const running = sql.run("select pg_sleep(1004)");
    await eventually(async () => assert.deepEqual(await statesOf("pg_sleep(1004)"), ["active"]));
    await server.stop("immediate");
    const operation = await running;
    assert.ok(!operation.success);
    assert.equal(operation.failure, "connection");
    const refused = await sql.run("select 1");
    assert.ok(!refused.success);
    assert.equal(refused.failure, "connection");
    await server.start();
    assert.ok((await sql.run("select 1")).success);
  });
});
