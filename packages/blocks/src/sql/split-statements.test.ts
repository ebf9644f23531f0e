import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { splitStatements } from "./split-statements.ts";
import type { SqlDialect } from "./tokens.ts";

function texts(sql: string, dialect: SqlDialect): readonly string[] {
  return splitStatements(sql, dialect).map(({ text }) => text);
}

describe("statements", () => {
  test("end at semicolons; empty ones are none", () => {
    for (const dialect of ["sqlite", "postgres"] as const) {
      assert.deepEqual(texts("select 1; select 2", dialect), ["select 1", "select 2"]);
      assert.deepEqual(texts(" ;; select 1 ; ;", dialect), ["select 1"]);
      assert.deepEqual(texts(" -- nothing\n /* ; */", dialect), []);
      assert.deepEqual(texts("", dialect), []);
    }
  });

  test("do not end within quotes and comments", () => {
    const whole = [
      "select ';', 'it''s;', \"a;\"\"b\"",
      "select 1 -- ; no\n, 2",
      "select /* ; ' */ 1",
      "select 'unclosed ; ",
      "select 'back\\'",
    ];
    for (const dialect of ["sqlite", "postgres"] as const)
      for (const sql of whole) assert.deepEqual(texts(sql.trimEnd(), dialect), [sql.trimEnd()]);
    for (const sql of ["select `a;b`", "select [a;b]", "select /* /* ; */ 1"]) {
      assert.deepEqual(texts(sql, "sqlite"), [sql]);
    }
    for (const sql of [
      "select $$a;b$$",
      "select $t$ $$; $t$",
      "select E'it\\'s;'",
      "select /* /* ; */ ; */ 1",
      "select '\\', 'a;'",
    ]) {
      assert.deepEqual(texts(sql, "postgres"), [sql]);
    }
  });

  test("are what the database takes for quotes, and nothing else", () => {
    assert.deepEqual(texts("select '\\'; select 2", "sqlite"), ["select '\\'", "select 2"]);
    assert.deepEqual(texts("select $1; select 2", "postgres"), ["select $1", "select 2"]);
    assert.deepEqual(texts("select a$b$; select c$b$", "postgres"), ["select a$b$", "select c$b$"]);
    assert.deepEqual(texts("select '-- '; select 2", "postgres"), ["select '-- '", "select 2"]);
  });

  test("have bodies of their own", () => {
    const trigger = `create temp trigger t after insert on a begin
      insert into b values (case when 1 then 2 else 3 end); delete from c;
    end`;
    assert.deepEqual(texts(`${trigger}; select 1`, "sqlite"), [trigger, "select 1"]);
    const routine = `create function f() returns int begin atomic select 1; select case when true then 2 end; end`;
    assert.deepEqual(texts(`${routine}; select 1`, "postgres"), [routine, "select 1"]);
    const rule = "create rule r as on insert to a do (delete from b; delete from c)";
    assert.deepEqual(texts(`${rule}; select 1`, "postgres"), [rule, "select 1"]);
  });

  test("start with words, which EXPLAIN and comments do not hide", () => {
    const words = (sql: string) => splitStatements(sql, "sqlite")[0]?.words[0];
    assert.equal(words("/* a */ -- b\n pragma x = 1"), "PRAGMA");
    assert.equal(words("explain pragma x = 1"), "PRAGMA");
    assert.equal(words("EXPLAIN QUERY PLAN attach 'a' as b"), "ATTACH");
    assert.equal(words("\uFEFF commit"), "COMMIT");
    assert.equal(words("(select 1)"), undefined);
  });

  test("of millions of characters are split in no time", () => {
    const long = `select '${"x;''".repeat(1_000_000)}'; select 1`;
    assert.equal(texts(long, "sqlite").length, 2);
    assert.equal(texts(long, "postgres").length, 2);
  });
});
