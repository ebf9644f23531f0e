import assert from "node:assert/strict";
import { test } from "node:test";
import type { SchemaIssue } from "@conduit/types";
import { SchemaMismatchError } from "./index.ts";

function messageFor(value: unknown, ...issues: readonly SchemaIssue[]): string {
  return new SchemaMismatchError({ block: "B", side: "input", value, issues }).message;
}

test("the message says what was expected, what was found, and what to do", () => {
  assert.equal(
    messageFor({ a: [1, "x"] }, { path: "/a/1", message: "must be number" }),
    "The input of block B does not match its schema: /a/1 must be number, found a string of 1 characters. " +
      "Pass data that matches the block's input schema.",
  );
  const { message } = new SchemaMismatchError({
    block: "B",
    side: "output",
    value: null,
    issues: [{ path: "", message: "must be object" }],
  });
  assert.match(message, /^The output of block B does not match its schema: it must be object, found null\./);
});

test("what was found is described without its text, which may be long or secret", () => {
  const value = { secret: "hunter2", list: [1, 2], "a/b~c": true, nested: { x: 1 }, f: () => 1, n: 42 };
  for (const [path, found] of [
    ["/secret", "a string of 7 characters"],
    ["/list", "an array of 2 items"],
    ["/a~1b~0c", "true"],
    ["/nested", "an object with 1 keys"],
    ["/f", "a function"],
    ["/n", "42"],
    ["/missing/deeper", "undefined"],
    ["", "an object with 6 keys"],
  ] as const) {
    const message = messageFor(value, { path, message: "is wrong" });
    assert.ok(message.includes(`is wrong, found ${found}.`), message);
    assert.ok(!message.includes("hunter2"));
  }
});

test("the first issues are told, the others counted, and all of them kept", () => {
  const issues = Array.from({ length: 8 }, (_, index) => ({ path: `/${index}`, message: "is wrong" }));
  const error = new SchemaMismatchError({ block: "B", side: "input", value: [], issues });
  assert.match(error.message, /\/4 is wrong.*; and 3 more\./);
  assert.ok(!error.message.includes("/5"));
  assert.equal(error.issues.length, 8);
  assert.equal(error.path, "/0");
});
