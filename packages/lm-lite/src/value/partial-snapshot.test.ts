import assert from "node:assert/strict";
import { test } from "node:test";
import type { PartialDelta } from "@conduit/mdl";
import { PartialSnapshot } from "./partial-snapshot.ts";

const set = (path: string, value: unknown): PartialDelta => ({ op: "set", path, value });
const append = (path: string, text: string): PartialDelta => ({ op: "append", path, text });
const remove = (path: string): PartialDelta => ({ op: "remove", path });

function snapshots(...steps: readonly (readonly PartialDelta[])[]): unknown[] {
  const snapshot = new PartialSnapshot();
  return steps.map((deltas) => {
    snapshot.apply(deltas);
    return snapshot.value;
  });
}

test("sets, appends and removes at any depth, and leaves what was before as it was", () => {
  const values = snapshots(
    [set("", {})],
    [set("/items", []), set("/items/0", { text: "a" })],
    [append("/items/0/text", "b"), set("/items/1", 2)],
    [remove("/items/0"), set("/a~1b", { "~": 1 }), set("/a~1b/~0", 3)],
    [remove("/items")],
    [remove("")],
    [set("", "tex"), append("", "t")],
  );
  assert.deepEqual(values, [
    {},
    { items: [{ text: "a" }] },
    { items: [{ text: "ab" }, 2] },
    { items: [2], "a/b": { "~": 3 } },
    { "a/b": { "~": 3 } },
    undefined,
    "text",
  ]);
});

test("keeps what did not change, and makes anew what did, up to the whole", () => {
  type Tree = { readonly left: object; readonly right: readonly object[] };
  const [before, after] = snapshots(
    [set("", { left: {}, right: [{ a: "x" }, {}] })],
    [append("/right/0/a", "y"), append("/right/0/a", "z")],
  ) as [Tree, Tree];
  assert.notEqual(after, before);
  assert.equal(after.left, before.left);
  assert.notEqual(after.right, before.right);
  assert.notEqual(after.right[0], before.right[0]);
  assert.equal(after.right[1], before.right[1]);
  assert.deepEqual(before.right[0], { a: "x" });
  assert.deepEqual(after.right[0], { a: "xyz" });
});

test("never writes into the value of a delta", () => {
  const delta = { op: "set", path: "", value: { items: [] } } as const;
  const values = snapshots([delta, set("/items/0", 1)]);
  assert.deepEqual(values, [{ items: [1] }]);
  assert.deepEqual(delta.value, { items: [] });
});

test("takes keys that objects have a meaning for", () => {
  const [, value] = snapshots(
    [set("", {})],
    [set("/__proto__", { polluted: true }), set("/constructor", "a"), append("/constructor", "b")],
  );
  assert.deepEqual(Object.entries(value as object), [
    ["__proto__", { polluted: true }],
    ["constructor", "ab"],
  ]);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});
