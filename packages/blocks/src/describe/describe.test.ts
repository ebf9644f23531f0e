import assert from "node:assert/strict";
import { describe as suite, test } from "node:test";
import { Type } from "typebox";
import {
  branch,
  cache,
  describe,
  FileSystemReadBlock,
  FunctionBlock,
  fallback,
  HttpGetBlock,
  map,
  PostgresBlock,
  parallel,
  pipe,
  retry,
  SupportsShellCommand,
  SupportsSqlCommand,
  SystemCommandBlock,
  tap,
  timeout,
  toMermaid,
} from "../index.ts";
import { Count, countLetters, repeat, TestBlock, Text } from "../testing/blocks.ts";
import { schemaName } from "./schema-name.ts";

suite("describe", () => {
  test("gives a graph of nodes within nodes, with edges between the steps of a pipe", () => {
    const block = pipe(retry(countLetters, { maxRetries: 1 }), repeat);
    assert.deepEqual(describe(block), {
      nodes: [
        {
          id: "0",
          name: "pipe(retry(CountLetters), Repeat)",
          kind: "pipe",
          input: { name: "{ text }", jsonSchema: Text },
          output: { name: "{ text }", jsonSchema: Text },
        },
        {
          id: "0.0",
          parent: "0",
          name: "retry(CountLetters)",
          kind: "retry",
          settings: { maxRetries: 1 },
          input: { name: "{ text }", jsonSchema: Text },
          output: { name: "{ count }", jsonSchema: Count },
        },
        {
          id: "0.0.0",
          parent: "0.0",
          name: "CountLetters",
          kind: "block",
          input: { name: "{ text }", jsonSchema: Text },
          output: { name: "{ count }", jsonSchema: Count },
        },
        {
          id: "0.1",
          parent: "0",
          name: "Repeat",
          kind: "block",
          input: { name: "{ count }", jsonSchema: Count },
          output: { name: "{ text }", jsonSchema: Text },
        },
      ],
      edges: [{ from: "0.0", to: "0.1" }],
    });
  });

  test("is JSON, of every kind of block", () => {
    const kinds = [
      branch(Text, () => "a", { a: countLetters }),
      cache(countLetters),
      fallback(countLetters, countLetters),
      map(countLetters),
      parallel({ a: countLetters }),
      retry(countLetters),
      tap(Text, () => {}),
      timeout(countLetters, 1),
    ].map((block) => {
      const graph = describe(block);
      assert.deepEqual(JSON.parse(JSON.stringify(graph)), graph);
      return graph.nodes[0]?.kind;
    });
    assert.deepEqual(kinds, ["branch", "cache", "fallback", "map", "parallel", "retry", "tap", "timeout"]);
  });

  test("says what utility blocks are, and no secret", () => {
    const blocks = [
      new FileSystemReadBlock("a.txt", { root: "/srv" }),
      new FunctionBlock(Text, Count, () => ({ count: 1 })),
      new HttpGetBlock("https://user:secret@example.com/secret?key=secret", {
        headers: { "x-key": "secret" },
      }),
      new PostgresBlock(SupportsSqlCommand, { url: "postgresql://user:secret@host/database" }),
      new SystemCommandBlock(SupportsShellCommand, { allowedCommands: ["ls"], env: { KEY: "secret" } }),
    ];
    const nodes = blocks.map((block) => describe(block).nodes[0]);
    assert.doesNotMatch(JSON.stringify(nodes), /secret/);
    assert.deepEqual(
      nodes.map((node) => [node?.kind, node?.settings]),
      [
        ["file", { path: "/srv/a.txt", root: "/srv", format: "text" }],
        ["function", undefined],
        ["http", { origin: "https://example.com" }],
        ["sql", { dialect: "postgres", readOnly: false, allowSeveralStatements: false }],
        ["command", { allowedCommands: ["ls"] }],
      ],
    );
  });

  test("names schemas as people do", () => {
    const fields = { a: Type.String(), b: Type.String(), c: Type.String(), d: Type.String() };
    const names = [
      Type.Object(fields, { title: "Invoice" }),
      Type.Object(fields, { $id: "https://example.com/invoice" }),
      Type.Object(fields),
      Type.Object({}),
      Type.String(),
      Type.Union([Type.String(), Type.Null()]),
    ].map(schemaName);
    assert.deepEqual(names, [
      "Invoice",
      "https://example.com/invoice",
      "{ a, b, c, … }",
      "{}",
      "string",
      "anyOf",
    ]);
  });
});

suite("toMermaid", () => {
  test("draws parts within the whole, and steps in their order", () => {
    const block = pipe(
      parallel({ a: countLetters, 'the "b"': countLetters }),
      tap(anyResult, () => {}),
    );
    assert.equal(
      toMermaid(describe(block)),
      `flowchart TD
  subgraph block0["pipe"]
    subgraph block0_0["parallel"]
      block0_0_0["a: CountLetters"]
      block0_0_1["the #34;b#34;: CountLetters"]
    end
    block0_1["tap"]
  end
  block0_0 --> block0_1
`,
    );
    const odd = new TestBlock(Text, Text, (data) => data, { name: "a <b>\n& #c" });
    assert.match(toMermaid(describe(odd)), /\["a #60;b#62;#10;#38; #35;c"\]/);
  });
});

const anyResult = Type.Record(Type.String(), Count);
