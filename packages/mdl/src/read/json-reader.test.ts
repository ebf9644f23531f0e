import assert from "node:assert/strict";
import { test } from "node:test";
import { readJson } from "./json-reader.ts";
import { Unreadable } from "./reading.ts";

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
];

for (const [text, value, repairs] of tolerated) {
  test(`reads ${JSON.stringify(text)}`, () => {
    const reading = readJson(text, 0);
    assert.deepEqual(reading.value, value);
    assert.deepEqual(
      reading.repairs.map(({ path, message }) => [path, message]),
      repairs,
    );
    assert.equal(reading.end, text.length);
  });
}

test("reads JSON as JSON.parse does, without repairs, up to its end", () => {
  const texts = [
    '{"a":{"b":[[],{},"",0,-1.5e-7,true,false,null]},"a":"twice"}',
    String.raw`["\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00", "é😀", "'", "//", "/*", "#"]`,
    '{"__proto__":{"x":1},"constructor":2}',
    " [\n1 , 2\t]".trim(),
  ];
  for (const text of texts) {
    const reading = readJson(`x${text} y`, 1);
    assert.deepEqual(reading.value, JSON.parse(text));
    assert.deepEqual(reading.repairs, []);
    assert.equal(reading.end, text.length + 1);
    assert.equal(reading.cut, undefined);
  }
});

test("keeps keys of every name as own properties", () => {
  const { value } = readJson("{'__proto__': {a: 1}}", 0);
  assert.deepEqual(Object.entries(value as object), [["__proto__", { a: 1 }]]);
});

/** Cut texts: what is there of the value, and where it is unfinished. */
const cuts: readonly (readonly [text: string, value: unknown, open: readonly (string | number)[]])[] = [
  ["{", {}, []],
  ['{"a', {}, []],
  ['{"a"', {}, []],
  ['{"a":', {}, []],
  ['{"a": "x', { a: "x" }, ["a"]],
  ['{"a": "x\\', { a: "x" }, ["a"]],
  ['{"a": "x\\u00', { a: "x" }, ["a"]],
  ['{"a": "x\\ud83d', { a: "x" }, ["a"]],
  ['{"a": 1', {}, []],
  ['{"a": -', {}, []],
  ['{"a": 1e', {}, []],
  ['{"a": tru', {}, []],
  ['{"a": 1,', { a: 1 }, []],
  ['{"a": [1, 2', { a: [1] }, ["a"]],
  ['{"a": [{"b": 1}, {"b": "', { a: [{ b: 1 }, { b: "" }] }, ["a", 1, "b"]],
  ['[[], {"a": [', [[], { a: [] }], [1, "a"]],
];

for (const [text, value, open] of cuts) {
  test(`tells what is there of ${text}`, () => {
    const reading = readJson(text, 0);
    assert.deepEqual(reading.value, value);
    assert.deepEqual(reading.cut, { open, bracketsOnly: false });
  });
}

/** Texts that are not JSON in any way: what was expected and found where, and whether prose is out of the question. */
const unreadable: readonly (readonly [
  text: string,
  path: string,
  expected: string,
  found: string,
  certain: boolean,
])[] = [
  ["[the result]", "/0", "a JSON value", '"the result]"', false],
  ["{the result}", "", '":"', '"result}"', false],
  ['{"a": @}', "/a", "a JSON value", '"@}"', true],
  ['{"a": 12 KB}', "", '"," or "}"', '"KB}"', true],
  ['{"a": [1 2]}', "/a", '"," or "]"', '"2]}"', true],
  ['{"a": 1 @', "", '"," or "}"', '"@"', true],
  ["{1: 2}", "", "a key in double quotes", '"1: 2}"', false],
  ["[1}", "", '"," or "]"', '"}"', false],
];

for (const [text, path, expected, found, certain] of unreadable) {
  test(`refuses ${text}`, () => {
    assert.throws(
      () => readJson(text, 0),
      (error) => {
        assert.ok(error instanceof Unreadable);
        assert.deepEqual(error.mismatch, { path, expected, found });
        assert.equal(error.certain, certain);
        return true;
      },
    );
  });
}

test("refuses endless nesting", () => {
  assert.throws(
    () => readJson("[".repeat(100_000), 0),
    (error) => error instanceof Unreadable && error.mismatch.expected === "at most 256 levels",
  );
});
