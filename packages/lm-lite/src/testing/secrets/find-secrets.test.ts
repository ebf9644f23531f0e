import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { findSecrets } from "./find-secrets.ts";
import { keySecret, textSecret } from "./secret.ts";

const text = `first-part-of-it-1"\\'/\nsecond-part-of-it-2`;
const key = Buffer.from("thirty-two bytes of a random key").toString("base64url");
const secrets = [textSecret("text", text), keySecret("key", key)];

function found(content: string | Buffer): readonly string[] {
  const evidence = { place: "here", detail: "", content: Buffer.from(content) };
  return [...findSecrets([evidence], secrets).keys()].sort();
}

test("secrets are found as they are, encoded, escaped, and cut", () => {
  const percent = [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  const ways: Readonly<Record<string, string | Buffer>> = {
    "as it is": `a ${text} b`,
    "as JSON": JSON.stringify({ a: text }),
    "as JSON in JSON": JSON.stringify(JSON.stringify({ a: text })),
    "as URL": encodeURIComponent(text),
    "all percent": percent,
    "all percent, large": percent.toUpperCase(),
    hexadecimal: Buffer.from(text).toString("hex"),
    "as printed bytes": inspect(Buffer.from(text)),
    "as bytes in JSON": JSON.stringify(Buffer.from(text)),
    ...Object.fromEntries(
      ["", "a", "ab", "abc"].flatMap((before) =>
        (["base64", "base64url"] as const).map((encoding) => [
          `${encoding} after "${before}"`,
          Buffer.from(`${before}${text} and more`).toString(encoding),
        ]),
      ),
    ),
    "its beginning": text.slice(0, 14),
    "its end": text.slice(-14),
  };
  for (const [way, content] of Object.entries(ways)) assert.deepEqual(found(content), ["here: text"], way);
  for (const content of [key, Buffer.from(key, "base64url"), Buffer.from(key, "base64url").toString("hex")]) {
    assert.deepEqual(found(content), ["here: key"]);
  }
  assert.deepEqual(found(`${text} ${key}`), ["here: key", "here: text"]);
  assert.deepEqual(found("nothing of it"), []);
});
