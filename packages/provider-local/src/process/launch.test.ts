import assert from "node:assert/strict";
import { pbkdf2 } from "node:crypto";
import { test } from "node:test";
import { promisify } from "node:util";
import { fixtureSpec, withDirectory } from "../testing/fixture.ts";
import { ProcessNodes } from "./process-nodes.ts";

const derive = promisify(pbkdf2);

/** Keeps the threads that files are read and written on busy, so that programs end before their logs are closed here. */
async function withBusyThreads(body: () => Promise<void>): Promise<void> {
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  let over = false;
  const work = async () => {
    while (!over) await derive("busy", "thread", 10_000, 32, "sha256");
  };
  const busy = Array.from({ length: threads + 1 }, work);
  try {
    await body();
  } finally {
    over = true;
    await Promise.all(busy);
  }
}

test("a program that ends while it is launched is told of with its exit code", () =>
  withDirectory(async (directory) => {
    const provider = new ProcessNodes({ directory });
    const process = { executable: "/bin/sh", arguments: ["-c", "echo cannot start; exit 7"] };
    await withBusyThreads(async () => {
      for (let index = 0; index < 4; index += 1) {
        const { workload, ...spec } = fixtureSpec(`node-${index}`);
        const { id } = await provider.createNode({ ...spec, workload: { ...workload, process } });
        const node = await provider.getNode(id);
        assert.match(node?.failure ?? "", /has ended \(exit code 7\); the end of its log:\ncannot start/);
      }
    });
  }));
