import assert from "node:assert/strict";
import { test } from "node:test";
import { formatNodeName, nodeNamePrefix, parseNodeName } from "../index.ts";

const parts = { store8: "0123abcd", key8: "deadbeef", nonce: "a1b2c3z9" };

test("a node's name carries store, key and attempt, and gives them back", () => {
  const name = formatNodeName(parts);
  assert.equal(name, "conduit-0123abcd-deadbeef-a1b2c3z9");
  assert.deepEqual(parseNodeName(name), parts);
});

test("prefixes select the nodes of a deployment, of a store, or of Conduit", () => {
  const name = formatNodeName(parts);
  const { store8, key8 } = parts;
  for (const prefix of [nodeNamePrefix(), nodeNamePrefix(store8), nodeNamePrefix(store8, key8)])
    assert.ok(name.startsWith(prefix));
  assert.equal(nodeNamePrefix(), "conduit-");
  assert.ok(!name.startsWith(nodeNamePrefix("0123abc")), "a shorter id is not a prefix of a longer one");
});

test("names that Conduit did not give are none", () => {
  for (const name of [
    "",
    "conduit-",
    "conduit-0123abcd-deadbeef",
    "conduit-0123abcd-deadbeef-a1b2c3z",
    "conduit-0123ABCD-deadbeef-a1b2c3z9",
    "conduit-0123abcg-deadbeef-a1b2c3z9",
    "my-conduit-0123abcd-deadbeef-a1b2c3z9",
    "conduit-0123abcd-deadbeef-a1b2c3z9\n",
  ])
    assert.equal(parseNodeName(name), undefined, JSON.stringify(name));
});
