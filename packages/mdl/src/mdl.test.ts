import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import { mdl } from "./index.ts";

test("keeps a key that may be absent apart from a value that may be null", () => {
  const schema = Type.Object({
    absent: Type.Optional(Type.Integer()),
    null: Type.Union([Type.Integer(), Type.Null()]),
    both: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
    nested: Type.Array(
      Type.Object({ a: Type.Optional(Type.Integer()), "b c": Type.Optional(Type.String()) }),
    ),
  });
  assert.equal(
    mdl(schema),
    [
      "absent?: int",
      "null: Optional[int]",
      "both?: Optional[int]",
      'nested: List[Dict{a?: int, "b c"?: str}]',
    ].join("\n"),
  );
});

test("prints descriptions of top-level fields at the end of their lines", () => {
  const schema = Type.Object(
    {
      name: Type.String({ description: "As `ls` prints it" }),
      tags: Type.Array(Type.String({ description: "Lower\n  case" }), { description: "At most five" }),
      mode: Type.Optional(Type.Union([Type.Enum(["r", "w"], { description: "Access # mode" }), Type.Null()])),
      size: Type.Integer(),
    },
    { description: "One file" },
  );
  assert.equal(
    mdl(schema),
    [
      "# One file",
      "name: str # As `ls` prints it",
      "tags: List[str] # At most five; Lower case",
      'mode?: Optional[Literal["r", "w"]] # Access # mode',
      "size: int",
    ].join("\n"),
  );
});

test("opens an object over lines only where its keys are described", () => {
  const described = Type.Object({ a: Type.Integer({ description: "First" }), b: Type.String() });
  const plain = Type.Object({ c: Type.Integer() }, { description: "Plain" });
  const schema = Type.Object({
    outer: Type.Object({ inner: Type.Array(described), plain }, { description: "Outer" }),
    either: Type.Union([described, plain]),
    map: Type.Record(Type.String(), Type.Tuple([described, Type.Integer()])),
  });
  assert.equal(
    mdl(schema),
    `outer: Dict{ # Outer
  inner: List[Dict{
    a: int # First
    b: str
  }]
  plain: Dict{c: int} # Plain
}
either: Union[Dict{ # Plain
  a: int # First
  b: str
}, Dict{c: int}]
map: Dict[str, Tuple[Dict{
  a: int # First
  b: str
}, int]]`,
  );
});

test("prints the type alone for what is not an object with keys", () => {
  assert.equal(mdl(Type.Array(Type.String(), { description: "Names" })), "List[str] # Names");
  assert.equal(mdl(Type.Object({}, { description: "Nothing" })), "Dict{} # Nothing");
  assert.equal(
    mdl(Type.Array(Type.Object({ a: Type.Integer({ description: "First" }) }), { description: "All" })),
    "List[Dict{ # All\n  a: int # First\n}]",
  );
});
