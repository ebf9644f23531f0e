import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSchema, type OutputOf, type Schema } from "@conduit/types";
import { Type } from "typebox";
import {
  SupportsFileContent,
  SupportsShellCommand,
  SupportsSqlCommand,
  SystemCommandBlock,
} from "../index.ts";
import type { Requires } from "./requires.ts";

function takesSql<S extends Schema>(input: Requires<S, SupportsSqlCommand>): S {
  return input;
}

function takesFile<S extends Schema>(input: Requires<S, SupportsFileContent>): S {
  return input;
}

test("the protocols are schemas themselves", () => {
  const cases: readonly [Schema, unknown, boolean][] = [
    [SupportsShellCommand, { shellCommand: "ls", more: 1 }, true],
    [SupportsShellCommand, { shellCommand: 1 }, false],
    [SupportsSqlCommand, { sqlCommand: "SELECT 1" }, true],
    [SupportsSqlCommand, { sqlCommand: "SELECT $1", parameters: ["a", 1, true, null] }, true],
    [SupportsSqlCommand, { sqlCommand: "SELECT $1", parameters: [{}] }, false],
    [SupportsFileContent, { fileContent: "text" }, true],
    [SupportsFileContent, { fileContent: new Uint8Array([0, 255]) }, true],
    [SupportsFileContent, { fileContent: Buffer.from("bytes") }, true],
    [SupportsFileContent, { fileContent: [0, 255] }, false],
  ];
  for (const [schema, value, valid] of cases)
    assert.equal(
      (compileSchema(schema).check(value) as { valid: boolean }).valid,
      valid,
      JSON.stringify(value),
    );
});

test("schemas with the fields of a protocol compile, whatever else they have", () => {
  const Command = Type.Object({
    shellCommand: Type.String({ maxLength: 80 }),
    why: Type.Optional(Type.String()),
  });
  const Choice = Type.Object({ shellCommand: Type.Enum(["ls", "pwd"]) });
  assert.equal(new SystemCommandBlock(Command).input, Command);
  assert.equal(new SystemCommandBlock(Choice).input, Choice);
  assert.equal(new SystemCommandBlock(SupportsShellCommand).input, SupportsShellCommand);

  const Query = Type.Object({ sqlCommand: Type.String(), parameters: Type.Array(Type.Number()) });
  assert.equal(takesSql(Query), Query);
  const TextFile = Type.Object({ fileContent: Type.String() });
  assert.equal(takesFile(TextFile), TextFile);
  assert.equal(takesFile(SupportsFileContent), SupportsFileContent);
});

test("schemas that lack a field, or have it in another type, do not compile", () => {
  const misuse = (): void => {
    // @ts-expect-error 'shellCommand' is missing
    new SystemCommandBlock(Type.Object({ command: Type.String() }));
    // @ts-expect-error 'shellCommand' is a number
    new SystemCommandBlock(Type.Object({ shellCommand: Type.Number() }));
    // @ts-expect-error 'shellCommand' may be missing
    new SystemCommandBlock(Type.Object({ shellCommand: Type.Optional(Type.String()) }));
    // @ts-expect-error a string has no fields
    new SystemCommandBlock(Type.String());
    // @ts-expect-error 'sqlCommand' is missing
    takesSql(Type.Object({ sql: Type.String() }));
    // @ts-expect-error 'parameters' are an object
    takesSql(Type.Object({ sqlCommand: Type.String(), parameters: Type.Object({}) }));
    // @ts-expect-error 'fileContent' is an object
    takesFile(Type.Object({ fileContent: Type.Object({}) }));
  };
  assert.equal(typeof misuse, "function");
});

test("what is asked of a schema that lacks a field is a sentence that names it", () => {
  const Lacking = Type.Object({ command: Type.String() });
  const Differing = Type.Object({ shellCommand: Type.Number() });
  const asked = null as never as {
    readonly lacking: Requires<typeof Lacking, SupportsShellCommand>;
    readonly differing: Requires<typeof Differing, SupportsShellCommand>;
  };
  const read = (): readonly string[] => {
    const lacking: "The input schema lacks the field 'shellCommand' that this block needs." = asked.lacking;
    const differing: "The field 'shellCommand' of the input schema is of another type than this block needs." =
      asked.differing;
    return [lacking, differing];
  };
  assert.equal(typeof read, "function");
});

test("the block's data are those of the schema", async () => {
  const Choice = Type.Object({ shellCommand: Type.Enum(["echo a", "echo b"]) });
  const block = new SystemCommandBlock(Choice);
  const data: OutputOf<typeof Choice> = { shellCommand: "echo a" };
  assert.ok((await block.run(data)).success);
  // @ts-expect-error not one of the choices
  await assert.rejects(block.run({ shellCommand: "rm" }), /must be one of "echo a", "echo b"/);
});
