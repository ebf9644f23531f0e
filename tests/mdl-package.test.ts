import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gzipBytes, resultInBrowser } from "./support/browser-bundle.ts";
import { ConsumerProject } from "./support/consumer-project.ts";

/**
 * Most bytes that the library, and parts of it alone, may take in a browser, minified and compressed, TypeBox not counted. The
 * aim is 12 KB; until the library is rewritten for it, this keeps it from growing, and its parts from bringing others.
 */
const MAX_GZIP_BYTES = {
  "*": 24.75 * 1024,
  "{ mdl, parse, parsePartial, systemPrompt, toJsonSchema }": 22.5 * 1024,
  "{ mdl, parse, systemPrompt }": 18.75 * 1024,
  "{ mdl }": 10.5 * 1024,
  "{ parseMdl }": 3.5 * 1024,
};

const PROGRAM = `
  import { MdlParseError, mdl, parse, parsePartial, toJsonSchema } from "@conduit/mdl";
  import { Type } from "typebox";
  const Point = Type.Object({ x: Type.Integer(), y: Type.Optional(Type.Integer()) });
  let path;
  try {
    parse('{"x": "far"}', Point);
  } catch (error) {
    if (MdlParseError.isInstance(error)) path = error.path;
  }
  globalThis.result = JSON.stringify({
    text: mdl(Point),
    value: parse("Here: {x: 1,}", Point).value,
    partial: parsePartial('{"x": 1, "y"', Point),
    properties: Object.keys(toJsonSchema(Point).properties),
    path,
  });
`;

/** What the library gives to `PROGRAM`, wherever it runs. */
const RESULT = {
  text: "x: int\ny?: int",
  value: { x: 1 },
  partial: { x: 1 },
  properties: ["x", "y"],
  path: "/x",
};

describe("@conduit/mdl, installed from its tarball", () => {
  let project: ConsumerProject;
  before(() => {
    project = new ConsumerProject(["mdl"]);
    project.write("program.js", PROGRAM);
    project.write(
      "point.ts",
      `import { Type } from "typebox";
       export const Point: object = Type.Object({ x: Type.Integer(), y: Type.Optional(Type.Integer()) });`,
    );
  });
  after(() => project[Symbol.dispose]());

  for (const [exported, maxBytes] of Object.entries(MAX_GZIP_BYTES)) {
    test(`takes at most ${maxBytes} bytes in a browser for ${exported}, compressed`, async () => {
      const bytes = await gzipBytes(project.folder, "@conduit/mdl", exported);
      assert.ok(bytes > 1000 && bytes <= maxBytes, `${bytes} bytes`);
    });
  }

  test("runs where there is nothing of Node", async () => {
    assert.deepEqual(JSON.parse(await resultInBrowser(project.folder, PROGRAM)), RESULT);
  });

  test("runs under the conditions of a browser", () => {
    project.write("printing.js", 'await import("./program.js");\nconsole.log(globalThis.result);');
    const { exitCode, output } = project.run(process.execPath, ["--conditions=browser", "printing.js"]);
    assert.equal(exitCode, 0, output);
    assert.deepEqual(JSON.parse(output), RESULT);
  });

  test("is a command for npx", () => {
    const { exitCode, output } = project.run("npx", [
      "--no-install",
      "@conduit/mdl",
      "point.ts",
      "--json-schema",
    ]);
    assert.equal(exitCode, 0, output);
    assert.match(output, /^x: int\ny\?: int\n\n\{\n {2}"type": "object",/m);
    assert.match(output, /^MDL \d+ tokens, JSON Schema \d+ tokens/m);
  });

  test("asks for a newer Node where TypeScript cannot be imported", () => {
    const command = ["--no-experimental-strip-types", "node_modules/@conduit/mdl/dist/cli.js", "point.ts"];
    const { exitCode, output } = project.run(process.execPath, command);
    assert.match(output, /^Expected Node 22\.18 or newer, which imports TypeScript as it is, found Node /);
    assert.equal(exitCode, 1);
  });
});
