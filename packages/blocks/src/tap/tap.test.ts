import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { pipe, SchemaMismatchError, tap } from "../index.ts";
import { countLetters, Text } from "../testing/blocks.ts";

describe("tap", () => {
  test("shows data to a function and gives them on as they are, once that is done", async () => {
    const seen: string[] = [];
    const look = tap(Text, async ({ text }) => {
      await delay(5);
      seen.push(text);
    });
    assert.deepEqual(await pipe(look, countLetters).run({ text: "ab" }), { count: 2 });
    assert.deepEqual(seen, ["ab"]);
  });

  test("throws what the function throws, and shows it only what matches", async () => {
    const failing = tap(Text, () => {
      throw new RangeError("no");
    });
    await assert.rejects(failing.run({ text: "" }), RangeError);
    await assert.rejects(failing.run({ text: 1 as never }), SchemaMismatchError);
  });

  test("is called by the name of its function", () => {
    assert.deepEqual([tap(Text, () => {}).name, tap(Text, function log() {}).name], ["tap", "tap(log)"]);
  });
});
