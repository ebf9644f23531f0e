import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AnswerReader } from "./answer-reader.ts";

/** Reads a whole text, given in one push or in pushes of one character. */
function read(text: string, pushes: Iterable<string> = [text]): AnswerReader {
  const reader = new AnswerReader({ scalars: false });
  for (const push of pushes) reader.push(push);
  reader.end();
  return reader;
}

const valuesOf = (text: string) => read(text).readings.map(({ value }) => value);

/** Texts that are not JSON, the value they stand for, and what reading them repaired: path and message. */
const tolerated: readonly (readonly [
  text: string,
  value: unknown,
  repairs: readonly (readonly [string, string])[],
])[] = [
  [
    '{"a": [1, 2,], "b": 3,}',
    { a: [1, 2], b: 3 },
    [
      ["/a", "removed a trailing comma"],
      ["", "removed a trailing comma"],
    ],
  ],
  [
    "{'a': 'it\\'s'}",
    { a: "it's" },
    [
      ["/a", "accepted quotes other than double quotes"],
      ["/a", "accepted quotes other than double quotes"],
      ["/a", "accepted an escape that JSON does not have"],
    ],
  ],
  [
    "['it's']",
    ["it's"],
    [
      ["/0", "accepted quotes other than double quotes"],
      ["/0", "accepted a quote inside a string without a backslash"],
    ],
  ],
  ['["say "hi" now"]', ['say "hi" now'], [["/0", "accepted a quote inside a string without a backslash"]]],
  ["[“a”]", ["a"], [["/0", "accepted quotes other than double quotes"]]],
  [
    "{a: 1, $b-c: 2}",
    { a: 1, "$b-c": 2 },
    [
      ["/a", "accepted a key without quotes"],
      ["/$b-c", "accepted a key without quotes"],
    ],
  ],
  [
    "[True, False, None, NULL]",
    [true, false, null, null],
    [
      ["/0", "read True as true"],
      ["/1", "read False as false"],
      ["/2", "read None as null"],
      ["/3", "read NULL as null"],
    ],
  ],
  [
    "[+1, .5, 5., 007]",
    [1, 0.5, 5, 7],
    [
      ["/0", "read +1 as 1"],
      ["/1", "read .5 as 0.5"],
      ["/2", "read 5. as 5"],
      ["/3", "read 007 as 7"],
    ],
  ],
  [
    '{"a": 1 // one\n, /* two */ "b": 2 # three\n}',
    { a: 1, b: 2 },
    [
      ["", "removed a comment"],
      ["", "removed a comment"],
      ["", "removed a comment"],
    ],
  ],
  ['{"a": 1\n "b": 2}', { a: 1, b: 2 }, [["", "added a missing comma"]]],
  [
    '["a" "b"\n{"c": 1}]',
    ["a", "b", { c: 1 }],
    [
      ["", "added a missing comma"],
      ["", "added a missing comma"],
    ],
  ],
  ['["a\nb"]', ["a\nb"], [["/0", "accepted a control character inside a string"]]],
  ['["\\x"]', ["x"], [["/0", "accepted an escape that JSON does not have"]]],
  ['{"a": [{"b": "c"', { a: [{ b: "c" }] }, [["", "added the missing closing brackets"]]],
  [
    "[,1,,2]",
    [1, 2],
    [
      ["", "removed a comma"],
      ["", "removed a comma"],
    ],
  ],
  ['{"a": [1, {"b": 2]}', { a: [1, { b: 2 }] }, [["/a/1", 'added a missing "}"']]],
  [
    "{1: `x`}",
    { 1: "x" },
    [
      ["/1", "accepted a key without quotes"],
      ["/1", "accepted quotes other than double quotes"],
    ],
  ],
  ['{"a": "b "c": d"}', { a: 'b "c": d' }, [["/a", "accepted a quote inside a string without a backslash"]]],
];

for (const [text, value, repairs] of tolerated) {
  test(`reads ${JSON.stringify(text)}`, () => {
    for (const reader of [read(text), read(text, text)]) {
      const [reading, another] = reader.readings;
      assert.deepEqual(reading?.value, value);
      assert.deepEqual(
        reading?.repairs.map(({ path, message }) => [path, message]),
        repairs,
      );
      assert.deepEqual([reading.start, reading.end, another], [0, text.length, undefined]);
    }
  });
}

test("reads JSON as JSON.parse does, without repairs, up to its end", () => {
  const texts = [
    '{"a":{"b":[[],{},"",0,-1.5e-7,true,false,null]},"a":"twice"}',
    String.raw`["\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00", "é😀", "'", "//", "/*", "#"]`,
    '{"__proto__":{"x":1},"constructor":2}',
    "[\n1 , 2\t]",
  ];
  for (const text of texts) {
    const { readings, failure } = read(`x${text} y`);
    assert.deepEqual(readings, [{ value: JSON.parse(text), start: 1, end: text.length + 1, repairs: [] }]);
    assert.equal(failure, undefined);
  }
});

test("keeps keys of every name as own properties", () => {
  assert.deepEqual(Object.entries(valuesOf("{'__proto__': {a: 1}}")[0] as object), [["__proto__", { a: 1 }]]);
});

test("finds every object and list, in order, none inside another", () => {
  assert.deepEqual(valuesOf('As [1] and {x} say: {"a": [2]}, or [3, {b: 4}] [see below]'), [
    [1],
    { a: [2] },
    [3, { b: 4 }],
  ]);
  assert.deepEqual(valuesOf(`${"[x ".repeat(5000)}{"a": 1}`), [{ a: 1 }]);
});

test("begins anew where reasoning ends, and with what a fence holds", () => {
  assert.deepEqual(valuesOf('<think>{"a": 1}'), []);
  assert.deepEqual(valuesOf('<think>{"a": 1}</think>{"b": 1}'), [{ b: 1 }]);
  assert.deepEqual(valuesOf('Maybe {"a": [}, or {"a": 2}.</think>{"b": "</think>"}'), [{ b: "</think>" }]);
  assert.deepEqual(valuesOf('```json\n{"a": [1, 2\n```\nThat is [3].'), [{ a: [1, 2] }, [3]]);
});

/** Texts that are not JSON in any way, or are cut: what was expected and found where. */
const unreadable: readonly (readonly [text: string, path: string, expected: string, found: string])[] = [
  ["[the result]", "/0", "a JSON value", '"the result]"'],
  ["{the result}", "", '":"', '"result}"'],
  ['{"a": @}', "/a", "a JSON value", '"@}"'],
  ['{"a": 12 KB}', "", '"," or "}"', '"KB}"'],
  ['{"a": [1 2]}', "/a", '"," or "]"', '"2]}"'],
  ['{"a": 1 @', "", '"," or "}"', '"@"'],
  ["{@: 2}", "", "a key in double quotes", '"@: 2}"'],
  ["[1}", "", '"," or "]"', '"}"'],
  ["[".repeat(100_000), "", "at most 128 levels", `"${"[".repeat(20)}"`],
  ...[
    ["{", ""],
    ['{"a', ""],
    ['{"a"', "/a"],
    ['{"a":', "/a"],
    ['{"a": "x', "/a"],
    ['{"a": "x\\', "/a"],
    ['{"a": "x\\u00', "/a"],
    ['{"a": -', "/a"],
    ['{"a": 1', "/a"],
    ['{"a": 1,', ""],
    ['{"a": [{"b": 1}, {"b": "', "/a/1/b"],
  ].map(([text = "", path = ""]) => [text, path, "the rest of the value", "the end of the answer"] as const),
];

for (const [text, path, expected, found] of unreadable) {
  test(`refuses ${text.slice(0, 40)}`, () => {
    const { readings, failure } = read(text);
    assert.deepEqual(readings, []);
    assert.deepEqual(failure, { path, expected, found });
  });
}

test("takes no part of a broken value for the whole", () => {
  assert.deepEqual(valuesOf('{"a": @, "b": {"c": 1}}'), []);
  assert.deepEqual(valuesOf("{a: 1, b: @, c: {d: 1}}"), []);
});

test("reads the same whatever the pushes", () => {
  const pieces = fc.constantFrom(
    ...'{ } [ ] , : " \' “ ” ` # / * \n \\ ``` // /* */ true None 1 -2.5e3 \\u00e9 😀 a <think> </think> "a":'.split(
      " ",
    ),
    "\n",
    " ",
  );
  fc.assert(
    fc.property(fc.array(pieces), fc.array(fc.nat({ max: 9 })), (parts, cuts) => {
      const text = parts.join("");
      const pushes: string[] = [];
      let offset = 0;
      for (const length of cuts) {
        pushes.push(text.slice(offset, offset + length));
        offset += length;
      }
      pushes.push(text.slice(offset));
      assert.deepEqual(read(text, pushes).readings, read(text).readings);
    }),
    { numRuns: 3000, seed: 1 },
  );
});
