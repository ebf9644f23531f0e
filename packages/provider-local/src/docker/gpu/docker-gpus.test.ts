import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { noDocker } from "../../testing/docker-daemon.ts";
import { DockerFixture } from "../../testing/docker-fixture.ts";
import { MIXED } from "../../testing/nvidia-smi-output.ts";
import { NotEnoughGpuMemoryError } from "../errors/not-enough-gpu-memory-error.ts";
import { NvidiaToolkitMissingError } from "../errors/nvidia-toolkit-missing-error.ts";

describe("GPUs of a machine whose Docker has no NVIDIA Container Toolkit", { skip: noDocker }, () => {
  let fixture: DockerFixture;
  let folder: string;
  const path = process.env.PATH ?? "";
  before(async () => {
    fixture = await DockerFixture.start();
    // The driver's program needs its hardware; its output is a recorded one.
    folder = await mkdtemp(join(tmpdir(), "conduit-nvidia-smi-"));
    const program = join(folder, "nvidia-smi");
    await writeFile(
      program,
      `#!/bin/sh\nif [ "$1" = -L ]; then cat <<'E'\n${MIXED.list}E\nelse cat <<'E'\n${MIXED.query}E\nfi\n`,
    );
    await chmod(program, 0o755);
    process.env.PATH = `${folder}${delimiter}${path}`;
  });
  after(async () => {
    process.env.PATH = path;
    await rm(folder, { recursive: true });
    await fixture[Symbol.asyncDispose]();
  });

  test("are offered before the machine without them, which may be left out", async () => {
    const offerings = await fixture.provider().listOfferings();
    assert.deepEqual(
      offerings.map(({ gpuCount, available }) => [gpuCount, available]),
      [
        [2, 0],
        [1, 1],
        [1, 1],
        [0, undefined],
      ],
    );
    assert.equal((await fixture.provider({ offerCpu: false }).listOfferings()).length, 3);
  });

  test("are refused with what to install, and nothing is left", async () => {
    const provider = fixture.provider();
    const [, offering] = await provider.listOfferings();
    assert(offering !== undefined);
    await assert.rejects(provider.createNode({ ...fixture.spec(), offering }), (error) => {
      assert(NvidiaToolkitMissingError.isInstance(error), String(error));
      assert.deepEqual([error.outcome, error.retry], ["none", "next-offering"]);
      return true;
    });
    assert.deepEqual(await fixture.remains(), []);
  });

  test("are refused when too little of their memory is free", async () => {
    const provider = fixture.provider();
    const [offering] = await provider.listOfferings();
    assert(offering !== undefined);
    await assert.rejects(provider.createNode({ ...fixture.spec(), offering }), (error) =>
      NotEnoughGpuMemoryError.isInstance(error),
    );
    assert.deepEqual(await fixture.remains(), []);
  });
});
