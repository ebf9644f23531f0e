import assert from "node:assert/strict";
import { test } from "node:test";
import { PullProgress } from "./pull-progress.ts";

const line = (status: string, id: string, current?: number, total?: number) =>
  JSON.stringify({ status, id, progressDetail: { current, total } });

/** As dockerd 20.10 writes them, shortened. */
const messages: readonly (readonly [string, string])[] = [
  [JSON.stringify({ status: "Pulling from library/python", id: "3.12-slim" }), "pulling image"],
  [line("Pulling fs layer", "a"), "pulling image"],
  [line("Pulling fs layer", "b"), "pulling image"],
  [line("Already exists", "c"), "pulling image"],
  [line("Waiting", "b"), "pulling image"],
  [line("Downloading", "a", 3_000_000, 12_000_000), "pulling image, 3 MB so far"],
  [line("Downloading", "b", 0, 8_000_000), "pulling image 15 % (3 of 20 MB)"],
  [line("Downloading", "a", 12_000_000, 12_000_000), "pulling image 60 % (12 of 20 MB)"],
  [line("Download complete", "a"), "pulling image 60 % (12 of 20 MB)"],
  [line("Extracting", "a", 65_536, 12_000_000), "pulling image 60 % (12 of 20 MB)"],
  [line("Verifying Checksum", "b"), "unpacking image"],
  [line("Pull complete", "a"), "unpacking image"],
  [JSON.stringify({ status: "Digest: sha256:0123" }), "unpacking image"],
  ["", "unpacking image"],
];

test("the share of a pull is told once all sizes are known", async () => {
  const progress = new PullProgress();
  for (const [message, expected] of messages) {
    await progress.note(message);
    assert.equal(progress.toString(), expected, message);
  }
});

test("what Docker cannot go on with is an error", async () => {
  const message = '{"errorDetail":{"message":"unexpected EOF"},"error":"unexpected EOF"}';
  await assert.rejects(new PullProgress().note(message), /^Error: unexpected EOF$/);
});
