import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { CommandFolder } from "./testing/command.ts";
import { toJsonSchema } from "./to-json-schema.ts";

const USER = {
  type: "object",
  properties: { name: { type: "string", description: "The user's name" }, age: { type: "integer" } },
  required: ["name", "age"],
};
const USER_MDL = "name: str # The user's name\nage: int\n";

const folder = new CommandFolder({
  "user.json": JSON.stringify(USER),
  "long.json": JSON.stringify({ type: "string", description: "word ".repeat(100_000) }),
  "noted.json": JSON.stringify({ type: "string", "x-order": 1, minLenght: 2 }),
  "marked.json": `\uFEFF${JSON.stringify({ type: "string" })}`,
  "broken.json": '{"type": ',
  "refused.json": JSON.stringify({ type: "object", properties: { a: { type: "array", contains: {} } } }),
  "typebox.ts": `
    import { type Static, Type } from "typebox";
    export const VERSION: number = 1;
    export const Point = Type.Object({ x: Type.Integer(), y: Type.Optional(Type.Integer()) });
    export type Point = Static<typeof Point>;`,
  "zod.mts": `
    import { z } from "zod";
    export const Other = z.object({ b: z.boolean() });
    export default z.object({ a: z.string() });`,
  "several.js": `
    export const First = { type: "string" };
    export const Second = { enum: [1, 2] };
    export const neither = 3;`,
  "none.ts": "export const count: number = 3;",
  "throws.ts": 'throw new Error("no such database");',
  "timer.ts": 'setInterval(() => {}, 1_000);\nexport default { type: "string" };',
});
after(() => folder[Symbol.dispose]());

describe("the command mdl", () => {
  test("prints MDL, and beside it what both notations cost", () => {
    assert.deepEqual(folder.run("user.json"), {
      exitCode: 0,
      stdout: USER_MDL,
      stderr: "MDL 11 tokens, JSON Schema 34 tokens without white space (o200k_base): 32.4 %\n",
    });
  });

  test("reads a file that begins with a byte order mark", () => {
    assert.equal(folder.run("marked.json").stdout, "str\n");
  });

  test("prints the JSON Schema too", () => {
    const { stdout, exitCode } = folder.run("user.json", "--json-schema");
    assert.equal(exitCode, 0);
    const [text, ...jsonSchema] = stdout.split("\n\n");
    assert.equal(`${text}\n`, USER_MDL);
    assert.deepEqual(JSON.parse(jsonSchema.join("\n\n")), toJsonSchema(USER, { closed: false }));
  });

  test("names what constrains nothing, and so may be misspelt", () => {
    const { stdout, stderr } = folder.run("noted.json");
    assert.equal(stdout, "str\n");
    assert.match(
      stderr,
      /^Left out: "x-order" at the root, .*\nLeft out: "minLenght" at the root, .*\nMDL 1 tokens/,
    );
  });

  test("writes all of a long schema before it ends", () => {
    assert.equal(folder.run("long.json").stdout.trimEnd(), `str # ${"word ".repeat(100_000).trimEnd()}`);
  });

  for (const [name, args, expected] of [
    ["the only export that is a schema", ["typebox.ts"], "x: int\ny?: int\n"],
    ["the default export", ["zod.mts"], "a: str\n"],
    ["the export that is named", ["zod.mts", "--export", "Other"], "b: bool\n"],
    ["one of several exports", ["--export=Second", "several.js"], "Literal[1, 2]\n"],
    ["a schema of a module that would run on", ["timer.ts"], "str\n"],
  ] as const) {
    test(`takes ${name}`, () => {
      const { exitCode, stdout, stderr } = folder.run(...args);
      assert.equal(stdout, expected, stderr);
      assert.equal(exitCode, 0);
    });
  }

  for (const [name, args, message] of [
    ["a schema that MDL cannot express", ["refused.json"], /^Expected .*, found .*"contains".* at \/a/],
    ["a file that is not there", ["absent.json"], /^Expected a file to read, found: ENOENT/],
    ["a file that is no JSON", ["broken.json"], /^Expected JSON in broken\.json, found: /],
    [
      "a module that throws",
      ["throws.ts"],
      /^Expected a module to import in throws\.ts, found: no such database$/m,
    ],
    [
      "a module without a schema",
      ["none.ts"],
      /^Expected an export of none\.ts that is a schema, found count\.$/m,
    ],
  ] as const) {
    test(`says what is wrong with ${name}, and exits with 1`, () => {
      const { exitCode, stdout, stderr } = folder.run(...args);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /^ {4}at /m, "no stack");
      assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" });
    });
  }

  for (const [name, args, message] of [
    ["no file", [], /^Expected one file, found 0\.$/m],
    ["two files", ["user.json", "typebox.ts"], /^Expected one file, found 2\.$/m],
    ["an unknown option", ["user.json", "--yaml"], /--yaml/],
    [
      "another kind of file",
      ["schema.yaml"],
      /^Expected a file that ends in \.json, .*, found schema\.yaml\.$/m,
    ],
    ["an export of a JSON file", ["user.json", "--export", "User"], /^Expected --export beside a module/],
    [
      "an export that is not there",
      ["zod.mts", "--export", "Third"],
      /one of Other, default, found Third\.$/m,
    ],
    ["several schemas and no choice", ["several.js"], /one of the schemas First, Second of several\.js\.$/m],
  ] as const) {
    test(`tells how it is used after ${name}, and exits with 2`, () => {
      const { exitCode, stdout, stderr } = folder.run(...args);
      assert.match(stderr, message);
      assert.match(stderr, /^Usage: mdl <file>/m);
      assert.deepEqual({ exitCode, stdout }, { exitCode: 2, stdout: "" });
    });
  }

  test("tells how it is used, and its version, when asked", () => {
    assert.match(folder.run("--help").stdout, /^Usage: mdl <file>/);
    assert.match(folder.run("--version").stdout, /^\d+\.\d+\.\d+\n$/);
  });
});
