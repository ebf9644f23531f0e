import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleSpec } from "../testing/sample-answers.ts";
import { createPodBody } from "./create-pod-body.ts";

const requirements = { downloads: [{ id: "org/model", bytes: 16e9 }] };
const spec = sampleSpec({ workload: { ...sampleSpec().workload, requirements } });
const network = [{ volumeId: "v", path: "/shared" }];

for (const [found, { mounts, hubFolder, disk }] of Object.entries({
  "a volume": {
    mounts: { persistent: { size: 50, path: "/data/" } },
    hubFolder: "/data/huggingface",
    disk: 20,
  },
  "a network volume": { mounts: { network }, hubFolder: "/shared/huggingface", disk: 20 },
  "no volume": { mounts: {}, hubFolder: "/workspace/huggingface", disk: 46 },
})) {
  test(`weights go to where a pod with ${found} has room for them`, () => {
    const body = createPodBody(spec, { overrides: { mounts } }, "https://api.runpod.io");
    assert.deepEqual([body.env?.HF_HOME, body.disk, body.mounts], [hubFolder, disk, mounts]);
  });
}

test("a disk that the user has named stays as it is", () => {
  const body = createPodBody(
    spec,
    { containerDiskGb: 30, overrides: { mounts: {} } },
    "https://api.runpod.io",
  );
  assert.equal(body.disk, 30);
});

test("a program's CUDA version is asked for, unless the user has named one", () => {
  const minimum = { ...spec, workload: { ...spec.workload, requirements: { minimumCudaVersion: "13.0" } } };
  const gpuOf = (gpu: { minCudaVersion?: string }) =>
    createPodBody(minimum, { overrides: { gpu } }, "https://api.runpod.io").gpu;
  assert.equal(gpuOf({}).minCudaVersion, "13.0");
  assert.equal(gpuOf({ minCudaVersion: "12.8" }).minCudaVersion, "12.8");
});
