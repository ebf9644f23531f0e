import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StandardJsonSchema } from "@conduit/types";
import { Block, type BlockContext, pipe } from "./index.ts";
import { TestBlock, Text } from "./testing/blocks.ts";

function transforming<T>(transform: (text: string) => T): StandardJsonSchema<string, T> {
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => ({ value: transform(String(value)) }),
      jsonSchema: { input: () => ({ type: "string" }), output: () => ({}) },
    },
  };
}

const Trimmed = transforming((text) => text.trim());

/** Adds a letter and space, and remembers what it was given. */
class Writer extends Block<typeof Trimmed, typeof Trimmed> {
  readonly given: { readonly data: string; readonly written: string }[] = [];
  readonly readsPartials: boolean[] = [];

  constructor() {
    super(Trimmed, Trimmed);
  }

  protected override async forward(data: string, context: BlockContext<typeof Trimmed>, written: string) {
    this.given.push({ data, written });
    this.readsPartials.push(context.readsPartials);
    return `${data}x `;
  }
}

describe("a block whose input schema transforms", () => {
  test("has the data as the caller wrote it beside what the schema made of it", async () => {
    const block = new Writer();
    assert.equal(await block.run(" a "), "ax");
    assert.deepEqual(block.given, [{ data: "a", written: " a " }]);
  });

  test("has it as a step of a pipe too, from the caller or from the step before", async () => {
    const [first, second] = [new Writer(), new Writer()];
    assert.equal(await pipe(pipe(first, second), new Writer()).run(" a "), "axxx");
    assert.deepEqual(first.given, [{ data: "a", written: " a " }]);
    assert.deepEqual(second.given, [{ data: "ax", written: "ax " }]);
  });
});

describe("partial results", () => {
  test("are read from a stream and not from a run", async () => {
    const block = new Writer();
    await block.run("a");
    await Array.fromAsync(block.stream("a"));
    assert.deepEqual(block.readsPartials, [false, true]);
  });

  test("are read from the last step of a streamed pipe only", async () => {
    const [first, last] = [new Writer(), new Writer()];
    await Array.fromAsync(pipe(first, last).stream("a"));
    await pipe(first, last).run("a");
    assert.deepEqual(first.readsPartials, [false, false]);
    assert.deepEqual(last.readsPartials, [true, false]);
  });

  test("have the type that is written, before the output schema transforms", async () => {
    const toNumber = new TestBlock(Text, transforming(Number), ({ text }, { emit }) => {
      emit({ type: "partial", value: text });
      // @ts-expect-error the number is made of the text once that is whole
      const wrong = () => emit({ type: "partial", value: 1 });
      assert.equal(typeof wrong, "function");
      return text;
    });
    const [partial, result] = await Array.fromAsync(toNumber.stream({ text: "12" }));
    assert.deepEqual(
      [partial, result],
      [
        { type: "partial", value: "12" },
        { type: "result", value: 12 },
      ],
    );
  });
});
