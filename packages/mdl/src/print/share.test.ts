import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@conduit/types";
import { mdl, parseMdl } from "../index.ts";

const str = { type: "string" };
const int = { type: "integer" };
const nothing = { type: "null" };
const object = (properties: JsonObject): JsonObject => ({
  type: "object",
  properties,
  required: Object.keys(properties),
});
const state = { enum: ["queued", "running", "done", "failed"] };
const point = object({ left: int, top: int });

test("names what a schema repeats, where that makes it shorter", () => {
  const cases: readonly (readonly [JsonObject, string])[] = [
    [object({ a: state }), "a: Literal[queued running done failed]"],
    [object({ a: state, b: state }), "A = Literal[queued running done failed]\na: A\nb: A"],
    [
      object({ coordinate: point, b: point }),
      "coordinate: Dict{left: int, top: int}\nb: Dict{left: int, top: int}",
    ],
    [object({ a: point, b: point, c: point }), "A = Dict{left: int, top: int}\na: A\nb: A\nc: A"],
    [
      object({ a: { enum: ["a", "b"] }, b: { enum: ["a", "b"] }, c: { enum: ["a", "b"] } }),
      "a: Literal[a b]\nb: Literal[a b]\nc: Literal[a b]",
    ],
    [
      object({ a: { ...state, description: "Now", default: "done" }, b: { ...state, examples: ["done"] } }),
      'A = Literal[queued running done failed]\na: A = done # Now\nb: A e.g. "done"',
    ],
    [
      object({ a: { anyOf: [{ ...state, description: "Now" }, nothing] }, b: { ...state, readOnly: true } }),
      "A = Literal[queued running done failed]\na: Optional[A] # Now\nb: A readOnly",
    ],
    [
      {
        type: "array",
        items: { anyOf: [object({ was: state, is: state }), object({ was: state, next: int })] },
      },
      "Was = Literal[queued running done failed]\nList[Union[Dict{was: Was, is: Was}, Dict{was: Was, next: int}]]",
    ],
    [
      { type: "array", prefixItems: [state, state], items: false, minItems: 2 },
      "Item = Literal[queued running done failed]\nTuple[Item, Item]",
    ],
    [
      object({
        code: { type: "string", pattern: "^[a-z]{3,20}$" },
        old: { type: "string", pattern: "^[a-z]{3,20}$" },
        b: { type: "string", pattern: "^[a-z]{3,20}$" },
      }),
      "Code = str /^[a-z]{3,20}$/\ncode: Code\nold: Code\nb: Code",
    ],
    [
      {
        $defs: {
          Node: {
            ...object({ state, was: state }),
            properties: { state, was: state, next: { $ref: "#/$defs/Node" } },
          },
        },
        ...object({ first: { $ref: "#/$defs/Node" }, state }),
      },
      "Node = Dict{state: State, was: State, next?: Node}\nState = Literal[queued running done failed]\nfirst: Node\nstate: State",
    ],
    [
      { ...object({ state, was: state }), properties: { state, was: state, next: { $ref: "#" } } },
      "State = Literal[queued running done failed]\nstate: State\nwas: State\nnext?: Root",
    ],
    [
      {
        $defs: { State: point },
        ...object({ a: { $ref: "#/$defs/State" }, b: { $ref: "#/$defs/State" }, state, was: state }),
      },
      "State = Dict{left: int, top: int}\nState2 = Literal[queued running done failed]\na: State\nb: State\nstate: State2\nwas: State2",
    ],
    [object({ dict: state, b: state }), "Dict2 = Literal[queued running done failed]\ndict: Dict2\nb: Dict2"],
    [
      object({ "1 a": state, b: state }),
      'Type1A = Literal[queued running done failed]\n"1 a": Type1A\nb: Type1A',
    ],
    // What the schema names itself keeps that name.
    [
      { $defs: { P: point }, ...object({ a: { $ref: "#/$defs/P" }, b: { $ref: "#/$defs/P" }, c: point }) },
      "P = Dict{left: int, top: int}\na: P\nb: P\nc: P",
    ],
    // What is left of references to a name within what is named itself is one: it stands there.
    [
      {
        $defs: { P: point },
        ...object({
          a: object({ from: { $ref: "#/$defs/P" }, name: str }),
          b: object({ from: { $ref: "#/$defs/P" }, name: str }),
          c: object({ from: { $ref: "#/$defs/P" }, name: str }),
        }),
      },
      "A = Dict{from: Dict{left: int, top: int}, name: str}\na: A\nb: A\nc: A",
    ],
  ];
  for (const [schema, text] of cases) {
    assert.equal(mdl(schema), text);
    assert.equal(mdl(parseMdl(text)), text);
  }
});

test("leaves the shape of a definition that is another name as it is", () => {
  const schema = {
    $defs: { Point: point, Start: { $ref: "#/$defs/Point", readOnly: true } },
    ...object({
      a: { $ref: "#/$defs/Start" },
      b: { $ref: "#/$defs/Start" },
      c: { $ref: "#/$defs/Point" },
      d: state,
      e: state,
    }),
  };
  const text = mdl(schema);
  assert.equal(mdl(schema), text);
  assert.equal(
    text,
    "Start = Point readOnly\nPoint = Dict{left: int, top: int}\nD = Literal[queued running done failed]\na: Start\nb: Start\nc: Point\nd: D\ne: D",
  );
});
