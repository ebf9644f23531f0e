import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfigJsonText } from "./config-json-text.ts";

test("numbers that only Python writes become null, and strings stay as they are", () => {
  const text = '{"a": [0.0, Infinity], "b": -Infinity, "c": NaN, "NaN": "x \\" Infinity", "d": "-Infinity"}';
  assert.deepEqual(parseConfigJsonText(text), {
    a: [0, null],
    b: null,
    c: null,
    NaN: 'x " Infinity',
    d: "-Infinity",
  });
});

test("what is no JSON is refused with its beginning", () => {
  assert.throws(() => parseConfigJsonText("<html>"), {
    code: "INVALID_MODEL_CONFIG_JSON",
    message:
      'Expected JSON in "." of config.json, found "<html>". Use the config.json beside the model\'s weights.',
  });
});
