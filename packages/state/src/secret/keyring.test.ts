import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Keyring, sealingKey, sealingKeyOfSecret } from "./keyring.ts";

const key = sealingKey(randomBytes(32));
const text = "the endpoint key “ü”";

test("what is sealed comes back, and nothing of it shows", () => {
  const keyring = new Keyring([key]);
  const sealed = keyring.seal(text, "a");
  assert.match(sealed, /^v1:[0-9a-f]{16}:[\w-]+$/);
  assert.doesNotMatch(sealed, new RegExp(key.bytes.toString("base64url").slice(0, 8)));
  assert.equal(keyring.unseal(sealed, "a"), text);
  assert.equal(new Keyring([key]).unseal(keyring.seal("", "a"), "a"), "");
});

test("it comes back neither elsewhere, nor with another key, nor changed", () => {
  const keyring = new Keyring([key]);
  const sealed = keyring.seal(text, "a");
  assert.equal(keyring.unseal(sealed, "b"), undefined);
  const other = new Keyring([sealingKey(randomBytes(32))]);
  assert.equal(other.unseal(sealed, "a"), undefined);
  for (const changed of [
    "",
    "v1",
    sealed.replace("v1", "v2"),
    sealed.slice(0, -2),
    `${sealed.slice(0, -1)}${sealed.endsWith("A") ? "Q" : "A"}`,
    `v1:${key.id}:`,
    `v1:${key.id}:AAAA`,
  ])
    assert.equal(keyring.unseal(changed, "a"), undefined, changed);
});

test("the first key seals, and each unseals what is its own", () => {
  const older = new Keyring([key]);
  const newer = new Keyring([sealingKey(randomBytes(32)), key]);
  assert.equal(newer.unseal(older.seal(text, "a"), "a"), text);
  assert.equal(older.unseal(newer.seal(text, "a"), "a"), undefined);
  assert.notEqual(newer.sealingKeyId, key.id);
  assert(newer.has(key.id) && !older.has(newer.sealingKeyId));
});

test("a secret gives each store its own key, and always the same", async () => {
  const [one, again, other] = await Promise.all(
    ["one", "one", "other"].map((storeId) => sealingKeyOfSecret("secret", storeId)),
  );
  assert.deepEqual(one, again);
  assert.notDeepEqual(one?.bytes, other?.bytes);
  assert.notEqual(one?.id, other?.id);
});
