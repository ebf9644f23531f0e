import assert from "node:assert/strict";
import { test } from "node:test";
import { type TSchema, Type } from "typebox";
import { Errors } from "typebox/value";
import { compileSchema } from "../index.ts";
import { findErrors } from "./find-errors.ts";

const kinds = ["a", "b", "c"];
const member = (kind: string) =>
  Type.Object({
    kind: Type.Literal(kind),
    n: Type.Optional(Type.Number()),
    next: Type.Optional(Type.Ref("Node")),
  });
const Node = Type.Cyclic({ Node: Type.Union(kinds.map(member)) }, "Node");

/** A value that is wrong only at its end, `depth` levels down; `read` is called at every look at a level. */
function nodes(depth: number, read = () => {}): object {
  const inside = depth === 0 ? { n: "one" } : { next: nodes(depth - 1, read) };
  const get = () => {
    read();
    return "c";
  };
  return Object.defineProperty(inside, "kind", { enumerable: true, get });
}

test("twice as deep a misfit of a recursive union takes about twice as many looks", () => {
  const { check } = compileSchema(Node);
  const looks = (depth: number) => {
    let count = 0;
    check(nodes(depth, () => count++));
    return count;
  };
  assert.ok(looks(8) < 3 * looks(4), `${looks(4)} looks 4 levels down, ${looks(8)} looks 8 levels down`);
});

test("a deep misfit of a recursive union is told like one that is not deep", async () => {
  const checked = await compileSchema(Node).check(nodes(100));
  assert.ok(!checked.valid);
  assert.deepEqual(
    checked.issues.map(({ path, message }) => [path.split("/").length - 1, message]),
    [1, 2, 3, 4, 5, 6, 7, 8].map((depth) => [depth, 'must be "a"']),
  );
});

test("a misfit deeper than the stack is told all the same", async () => {
  let value: object = { n: "one" };
  for (let depth = 0; depth < 4000; depth++) value = { next: value };
  const List = Type.Cyclic(
    { List: Type.Object({ n: Type.Optional(Type.Number()), next: Type.Optional(Type.Ref("List")) }) },
    "List",
  );
  assert.deepEqual(await compileSchema(List).check(value), {
    valid: false,
    issues: [{ path: `${"/next".repeat(4000)}/n`, message: "must be number" }],
  });
});

const tree = { type: "object", properties: { n: { type: "number" }, "a/b": { $ref: "#" } }, required: ["n"] };
const choice = { anyOf: [{ $ref: "#/$defs/a~1b" }, { type: "string" }] };

/** Each with values that do not match, none of them deep. */
const misfits: Record<string, readonly [schema: TSchema, values: readonly unknown[]]> = {
  "a cyclic type": [Node, [null, {}, { kind: "d" }, nodes(0), nodes(1), nodes(3)]],
  "cyclic types within another": [
    Type.Object({ left: Node, right: Type.Array(Node) }),
    [{}, { left: nodes(1), right: [nodes(2), 1] }, { left: 1, right: [{ kind: "a" }, { kind: "a", n: "" }] }],
  ],
  "cyclic types that differ and have one name": [
    Type.Object({ left: Node, right: Type.Cyclic({ Node: Type.Object({ n: Type.String() }) }, "Node") }),
    [{}, { left: { kind: "c", n: "" }, right: { n: 1 } }],
  ],
  "a reference to the whole": [tree, [null, {}, { n: 1, "a/b": {} }, { n: "", "a/b": { n: "", "a/b": [] } }]],
  "a whole that has an $id": [
    { ...tree, $id: "https://example.com/tree" },
    [{ n: "" }, { n: 1, "a/b": { n: 1, "a/b": { n: null } } }],
  ],
  "references to definitions, and beside one another": [
    {
      allOf: [choice, { type: "object", additionalProperties: choice }],
      $defs: { "a/b": { ...tree, properties: { n: choice } } },
    },
    [1, {}, { n: {} }, { n: { n: 2 }, m: 3, o: 4, p: "" }],
  ],
  "keywords that ask what others came to": [
    {
      $ref: "#/$defs/n",
      unevaluatedProperties: false,
      $defs: { n: { properties: { n: { type: "number" } } } },
    },
    [{ m: 1 }, { n: "" }, { n: 1, m: 1 }],
  ],
  "pointers from a part that has an $id": [
    {
      properties: {
        n: { $id: "https://example.com/n", $ref: "#/$defs/n", $defs: { n: { type: "number" } } },
      },
      $defs: { n: { type: "string" } },
    },
    [{ n: "" }],
  ],
  "a reference to an anchor": [
    { properties: { n: { $ref: "#n" } }, $defs: { n: { $anchor: "n", type: "number" } } },
    [{ n: "" }],
  ],
  "a reference to nothing": [{ properties: { n: { $ref: "#/$defs/none" } } }, [{ n: "" }]],
  "a refinement within a definition": [
    Type.Cyclic(
      {
        Even: Type.Object({
          n: Type.Refine(
            Type.Number(),
            (n) => n % 2 === 0,
            () => "must be even",
          ),
        }),
      },
      "Even",
    ),
    [{}, { n: 1 }],
  ],
  "no reference": [Type.Object({ n: Type.Number() }), [1, {}, { n: "" }]],
};

for (const [name, [schema, values]] of Object.entries(misfits)) {
  test(`finds what TypeBox alone does: ${name}`, () => {
    for (const value of values) {
      const told = ({ keyword, instancePath, message }: ReturnType<typeof Errors>[number]) => [
        keyword,
        instancePath,
        message,
      ];
      assert.notDeepEqual(Errors(schema, value), []);
      assert.deepEqual(findErrors(schema, value).map(told), Errors(schema, value).map(told));
    }
  });
}
