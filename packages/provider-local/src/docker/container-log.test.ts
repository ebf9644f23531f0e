import assert from "node:assert/strict";
import { test } from "node:test";
import { demultiplexedLines } from "./container-log.ts";

function frame(output: number, text: string | Buffer): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(output);
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

test("lines of two outputs are put together, however the bytes come", async () => {
  const smile = Buffer.from("☺");
  const bytes = Buffer.concat([
    frame(1, "one\ntw"),
    frame(2, "an err"),
    frame(1, "o\n"),
    frame(2, "or\n"),
    frame(1, smile.subarray(0, 2)),
    frame(1, Buffer.concat([smile.subarray(2), Buffer.from("\n\nlast")])),
  ]);
  for (const size of [1, 3, 8, 9, bytes.length]) {
    const chunks: Buffer[] = [];
    for (let start = 0; start < bytes.length; start += size) chunks.push(bytes.subarray(start, start + size));
    const lines = await Array.fromAsync(demultiplexedLines(chunks));
    assert.deepEqual(lines, ["one", "two", "an error", "☺", "", "last"], `in pieces of ${size} bytes`);
  }
});
