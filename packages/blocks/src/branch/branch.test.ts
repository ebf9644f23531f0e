import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Type } from "typebox";
import { branch, pipe, SchemaMismatchError, UnknownCaseError } from "../index.ts";
import { Count, constant, countLetters, repeat, TestBlock, Text } from "../testing/blocks.ts";

const Success = Type.Object({ success: Type.Literal(true), text: Type.String() });
const Failure = Type.Object({ success: Type.Literal(false), reason: Type.String() });
const Operation = Type.Union([Success, Failure]);

const parse = new TestBlock(Success, Count, ({ text }) => ({ count: text.length }));
const report = new TestBlock(Failure, Text, ({ reason }) => ({ text: reason }));
const handle = branch(Operation, ({ success }) => (success ? "parse" : "report"), { parse, report });

describe("a branch", () => {
  test("runs the block that is chosen, and gives what it gives", async () => {
    const counted: { count: number } | { text: string } = await handle.run({ success: true, text: "ab" });
    assert.deepEqual(counted, { count: 2 });
    assert.deepEqual(await handle.run({ success: false, reason: "no" }), { text: "no" });
    assert.equal(handle.name, "branch(parse: TestBlock, report: TestBlock)");
  });

  test("reports data of another member that reach a case", async () => {
    const wrong = branch(Operation, () => "parse", { parse, report });
    await assert.rejects(wrong.run({ success: false, reason: "no" }), (error) => {
      return SchemaMismatchError.isInstance(error) && error.side === "input";
    });
  });

  test("throws where there is no such case", async () => {
    const unknown = branch(Text, () => "other" as "count", { count: countLetters });
    await assert.rejects(unknown.run({ text: "" }), (error) => {
      assert.ok(UnknownCaseError.isInstance(error));
      assert.deepEqual([error.chosen, error.cases], ["other", ["count"]]);
      return true;
    });
  });

  test("passes on partial results and usage of the case", async () => {
    const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
    const telling = new TestBlock(Text, Count, (_data, { emit, readsPartials }) => {
      emit({ type: "usage", usage });
      if (readsPartials) emit({ type: "partial", value: { count: 1 } });
      return { count: 1 };
    });
    const events = await Array.fromAsync(branch(Text, () => "only", { only: telling }).stream({ text: "" }));
    assert.deepEqual(
      events.map(({ type }) => type),
      ["usage", "partial", "result"],
    );
  });

  test("is a step whose output is that of all cases", async () => {
    const same = branch(Text, ({ text }) => (text === "" ? "none" : "some"), {
      none: new TestBlock(Text, Count, () => ({ count: 100 })),
      some: countLetters,
    });
    assert.deepEqual(await pipe(same, repeat).run({ text: "ab" }), { text: "aa" });
    const json = handle.output["~standard"].jsonSchema.output({ target: "draft-2020-12" });
    assert.deepEqual(json, { anyOf: [Count, Text] });
    const check = await handle.output["~standard"].validate({ neither: 1 });
    assert.ok(check.issues !== undefined && check.issues.length >= 2);
  });

  test("does not compile with cases that cannot take the data", () => {
    const misuse = (): void => {
      // @ts-expect-error 'text' is missing
      branch(Count, () => "a", { a: countLetters });
      // @ts-expect-error no such case
      branch(Text, () => "b", { a: countLetters });
      // @ts-expect-error a case without input
      branch(Text, () => "a", { a: constant });
      // @ts-expect-error the union has no field 'other'
      branch(Operation, ({ other }) => other, { parse, report });
      // @ts-expect-error a step after it needs 'count', which only one case gives
      pipe(handle, repeat);
    };
    assert.equal(typeof misuse, "function");
  });
});
