import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Type } from "typebox";
import { compileMdl, MdlSyntaxError, mdl, parse, parseMdl, toJsonSchema } from "./index.ts";
import { oracleOf } from "./testing/oracle.ts";

function errorOf(text: string): MdlSyntaxError {
  try {
    parseMdl(text);
  } catch (error) {
    if (MdlSyntaxError.isInstance(error)) return error;
    throw error;
  }
  throw new Error(`reads ${JSON.stringify(text)}`);
}

test("reads the published forms", () => {
  const schema = Type.Object({
    h: Type.Array(Type.String()),
    j: Type.Array(Type.Object({ x: Type.Integer(), y: Type.Optional(Type.String()) })),
    c: Type.Optional(Type.Union([Type.String(), Type.Integer()])),
    t: Type.Tuple([Type.String(), Type.Number()]),
    l: Type.Enum(["a", "b", 3]),
  });
  const lines = compileMdl(schema);
  assert.deepEqual(compileMdl(parseMdl(lines.join("\n"))), lines);
  assert.equal(mdl(parseMdl("a: Tuple[int, ...]")), "a: List[int]");
});

test("gives a schema that everything takes", () => {
  const schema = parseMdl("name: str 1..\nbytes?: int");
  assert.deepEqual(parse('{"name": "a", "bytes": "12"}', schema).value, { name: "a", bytes: 12 });
  assert.equal(toJsonSchema(schema).additionalProperties, false);
});

test("reads any white space", () => {
  assert.equal(
    mdl(
      parseMdl(
        "\r\n\n P =  Dict{\n  x : int  0..9  ,\n\n  y ?: Optional[ str ] = null  \n} # Point\r\n\n\na:P\nb: List[\nP\n]\n\n!  ",
      ),
    ),
    "P = Dict{x: int 0..9, y?: Optional[str] = null} # Point\na: P\nb: List[P]\n!",
  );
  assert.deepEqual(parseMdl("Literal[ a\nb c, 1 ,true, true-ish]").enum, [
    "a",
    "b",
    "c",
    1,
    true,
    "true-ish",
  ]);
});

test("says where a text is not MDL", () => {
  const cases: readonly (readonly [
    text: string,
    line: number,
    column: number,
    expected: string,
    found: string,
  ])[] = [
    ["", 1, 1, "a type", "the end"],
    ["a: ", 1, 4, "a type", "the end"],
    ["a: int b: str", 1, 8, "a constraint", '"b: str"'],
    ["a: int\nb: List[", 2, 9, "a type", "the end"],
    ["a: int\nb: List[str", 2, 12, '"," or "]"', "the end"],
    ["a: Liste", 1, 4, "a type", '"Liste"'],
    ["a?", 1, 2, "the end", '"?"'],
    ["Dict{a?}", 1, 8, '":"', '"}"'],
    ["a: int\na: str", 2, 1, "something not said before", '"a: str"'],
    ["P = int\nP = str\na: P", 2, 1, "something not said before", '"P = str\\na: P"'],
    ["a: str >1", 1, 8, "a constraint", '">1"'],
    ["a: int /x/", 1, 8, '"," or the end', '"/x/"'],
    ["a: List[int] unique date", 1, 21, "a constraint", '"date"'],
    ["a: int multipleOf x", 1, 19, "a number", '"x"'],
    ["a: Literal[/x]", 1, 12, "a JSON value", '"/x]"'],
    ['a: Literal[{"x": ]', 1, 12, "a JSON value", '"{\\"x\\": ]"'],
    ["a: str /x", 1, 8, "a regular expression", '"/x"'],
    ["a: Optional[int, str]", 1, 18, '"]"', '"str]"'],
    ["a: Tuple[int, ..., str]", 1, 20, '"]"', '"str]"'],
    ["a: int = ", 1, 10, "a JSON value", "the end"],
    ["List[int] # a\n# b", 2, 1, "the end", '"# b"'],
    ["*: int\n*: str", 2, 1, "something not said before", '"*: str"'],
    ["/a/: int\n/a/: str", 2, 1, "something not said before", '"/a/: str"'],
    ["Dict{a, a}", 1, 9, "something not said before", '"a}"'],
    ["str 1.. 2..", 1, 9, "something not said before", '"2.."'],
    ["Union[]", 1, 7, "a type", '"]"'],
    ["Literal[]", 1, 9, "a JSON value", '"]"'],
    ["int()", 1, 4, "the end", '"()"'],
    ["a: str(1..)", 1, 7, '"," or the end', '"(1..)"'],
    ["a: int 5", 1, 9, '".."', "the end"],
    ["a: int ..", 1, 10, "a number", "the end"],
    ["a: str ..9 /a/ ..8", 1, 16, "something not said before", '"..8"'],
    ["a: int email", 1, 8, "a constraint", '"email"'],
    ["a: str readOnly readOnly", 1, 17, "something not said before", '"readOnly"'],
    ["a: str e.g. x", 1, 13, "a JSON value", '"x"'],
    ["a: str = a b", 1, 12, '"," or the end', '"b"'],
    ["Literal[a b", 1, 12, '"," or "]"', "the end"],
    ["Dict!{a: int}", 1, 5, '"["', '"!{a: int}"'],
    ["Dict{|a: int}", 1, 13, '"," or "|}"', '"}"'],
    ["Dict{a: int|}", 1, 12, '"," or "}"', '"|}"'],
    ["a: bool?", 1, 8, '"," or the end', '"?"'],
  ];
  for (const [text, line, column, expected, found] of cases) {
    const error = errorOf(text);
    const {
      code,
      message: _,
      ...at
    } = {
      code: error.code,
      message: "",
      line: error.line,
      column: error.column,
      expected: error.expected,
      found: error.found,
    };
    assert.deepEqual(at, { line, column, expected, found }, text);
    assert.equal(code, "MDL_SYNTAX");
    assert.match(error.message, /^Expected .*, found .* in line \d+, column \d+ of the MDL\.$/s);
  }
});

test("refuses nesting that would exhaust the stack", () => {
  const nested = (depth: number) => `${"List[".repeat(depth)}int${"]".repeat(depth)}`;
  assert.equal(mdl(parseMdl(nested(240))), nested(240));
  assert.equal(errorOf(nested(100_000)).column, 5 * 300 + 1);
  assert.equal(errorOf(`${"Dict{a:".repeat(100_000)}`).code, "MDL_SYNTAX");
  assert.deepEqual(parseMdl(`Literal[${"[".repeat(5000)}${"]".repeat(5000)}]`).enum?.constructor, Array);
});

test("reads keys that objects inherit as any other", () => {
  const text = "__proto__: int\nconstructor?: str\ntoString: Dict{__proto__?: int}";
  assert.equal(mdl(parseMdl(text)), text);
  assert.ok(Object.hasOwn(parseMdl(text).properties as object, "__proto__"));
});

test("reads every construct that the documentation shows, for the value beside it", () => {
  const page = readFileSync(new URL("../../../docs/mdl.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([^`…]*)` \| `([^`]*)` \|/gm)];
  assert.ok(rows.length > 30, `found only ${rows.length} constructs`);
  for (const [, construct = "", json = ""] of rows) {
    const schema = parseMdl(construct.startsWith("Node = ") ? `${construct}\nNode` : construct);
    assert.ok(oracleOf(schema)(JSON.parse(json)), construct);
  }
});
