import assert from "node:assert/strict";
import { test } from "node:test";
import { LM_LITE } from "@conduit/lm-lite";
import { imageWithTag, pinnedImage, readEngineImage, readVersion } from "../scripts/lib/engine-image.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

test("the package asks for the image of its own version", () => {
  assert.equal(readEngineImage(), LM_LITE.image);
  assert.equal(imageWithTag(LM_LITE.image), pinnedImage(LM_LITE.image, readVersion()));
});

test("a release pins the digest, and the next version has none", () => {
  const released = pinnedImage("ghcr.io/owner/lm-lite:0.1.0", "0.2.0", DIGEST);
  assert.equal(released, `ghcr.io/owner/lm-lite:0.2.0@${DIGEST}`);
  assert.equal(pinnedImage(released, "0.3.0"), "ghcr.io/owner/lm-lite:0.3.0");
  assert.equal(pinnedImage("registry.example:5000/lm-lite", "1.0.0"), "registry.example:5000/lm-lite:1.0.0");
  for (const wrong of ["", "0.2.0", DIGEST.slice(1), `${DIGEST}0`, DIGEST.toUpperCase()]) {
    assert.throws(() => pinnedImage(released, "0.2.0", wrong), /expected a digest/);
  }
});
