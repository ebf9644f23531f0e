import assert from "node:assert/strict";
import { test } from "node:test";
import { ComputeOffering, compileSchema } from "@conduit/types";
import { RunpodFixture } from "../testing/runpod-fixture.ts";
import { sampleGpuType, samplePod, sampleSpec } from "../testing/sample-answers.ts";
import { formatOfferingId, parseOfferingId } from "./offering-id.ts";

const GPUS_PATH = "/v2/catalog/gpus";

function catalogue(...gpus: readonly Record<string, unknown>[]): RunpodFixture {
  return new RunpodFixture().on("get", GPUS_PATH, { body: { gpus } });
}

test("each number of GPUs that a machine can have is an offering, at its price with its disks", async () => {
  using api = catalogue(sampleGpuType({ maxCount: { secure: 2, community: 1 } }));
  const offerings = await api.provider().listOfferings();
  // 20 GB of disk, and a volume for as many bytes as the GPUs hold, and 10 GB: a dollar for 10 GB and 720 hours.
  const storage = (gigabytes: number) => (gigabytes / 10 / 720) * 1e6;
  assert.deepEqual(offerings, [
    {
      id: "1x NVIDIA L4 SECURE",
      provider: "RUNPOD",
      gpu: "L4",
      gpuCount: 1,
      gpuMemoryBytes: 24 * 1024 ** 3,
      priceMicroDollarsPerHour: Math.ceil(440_000 + storage(20 + 26 + 10)),
      spot: false,
      enterprise: true,
    },
    {
      id: "2x NVIDIA L4 SECURE",
      provider: "RUNPOD",
      gpu: "L4",
      gpuCount: 2,
      gpuMemoryBytes: 24 * 1024 ** 3,
      priceMicroDollarsPerHour: Math.ceil(880_000 + storage(20 + 52 + 10)),
      spot: false,
      enterprise: true,
    },
  ]);
  for (const offering of offerings) {
    assert.ok((await compileSchema(ComputeOffering).check(offering)).valid);
  }
  assert.deepEqual(
    api.sent.map(({ url }) => url.search),
    [1, 2, 4, 8].map((count) => `?include=AVAILABILITY&product=POD&count=${count}&cloud=SECURE`),
  );
});

test("the disk is as large as the weights need, or as the user says", async () => {
  using api = catalogue(sampleGpuType({ maxCount: { secure: 1, community: 1 } }));
  const priceWith = async (options: Parameters<RunpodFixture["provider"]>[0]) =>
    (await api.provider(options).listOfferings())[0]?.priceMicroDollarsPerHour;
  const dollars = (gigabytes: number) => Math.ceil(440_000 + (gigabytes / 10 / 720) * 1e6);
  assert.equal(await priceWith({ weightsBytes: 4.2e9 }), dollars(20 + 5 + 10));
  assert.equal(await priceWith({ weightsBytes: 4.2e9, containerDiskGb: 50 }), dollars(50 + 5 + 10));
  const mounts = { persistent: { size: 100, path: "/data" } };
  assert.equal(await priceWith({ overrides: { disk: 30, mounts } }), dollars(130));
});

test("a price has a disk for what the workload downloads, and the pod is made with the same", async () => {
  using api = catalogue(sampleGpuType({ maxCount: { secure: 1, community: 1 } }));
  api.on("post", "/v2/pods", { status: 201, body: samplePod() });
  const provider = api.provider();
  const dollars = (gigabytes: number) => Math.ceil(440_000 + (gigabytes / 10 / 720) * 1e6);
  for (const { downloads, volumeGb } of [
    {
      downloads: [
        { id: "a", bytes: 16.4e9 },
        { id: "b", bytes: 1.2e9 },
      ],
      volumeGb: 28,
    },
    { downloads: [], volumeGb: 10 },
    { downloads: undefined, volumeGb: 36 },
  ]) {
    const requirements = { downloads };
    const [offering] = await provider.listOfferings({ requirements });
    assert.equal(offering?.priceMicroDollarsPerHour, dollars(20 + volumeGb));
    const { workload } = sampleSpec();
    await provider.createNode(sampleSpec({ offering, workload: { ...workload, requirements } }));
    const body = api.bodies("/v2/pods").at(-1) as { readonly disk: number; readonly mounts: object };
    assert.deepEqual([body.disk, body.mounts], [20, { persistent: { size: volumeGb, path: "/workspace" } }]);
  }
});

test("of several clouds each has its price; what can be had comes first, then what is cheapest", async () => {
  using api = catalogue(
    sampleGpuType({ maxCount: { secure: 1, community: 1 } }),
    sampleGpuType({
      id: "NVIDIA A40",
      memory: 48,
      maxCount: { secure: 1, community: 0 },
      price: { secure: 0.3, community: 0.2 },
      availability: "NONE",
    }),
    sampleGpuType({
      id: "NVIDIA X1",
      community: false,
      maxCount: { secure: 1, community: 1 },
      price: { secure: 0.05, community: 0.01 },
    }),
  );
  const offerings = await api.provider({ cloudType: "ALL" }).listOfferings();
  assert.deepEqual(
    offerings.map(({ id, gpu, enterprise, available }) => [id, gpu, enterprise, available]),
    [
      ["1x NVIDIA X1 SECURE", "NVIDIA X1", true, undefined],
      ["1x NVIDIA L4 COMMUNITY", "L4", false, undefined],
      ["1x NVIDIA L4 SECURE", "L4", true, undefined],
      ["1x NVIDIA A40 SECURE", "A40", true, 0],
    ],
  );
});

test("a machine without a price is not offered", async () => {
  using api = catalogue(sampleGpuType({ price: { secure: 0, community: 0 } }));
  assert.deepEqual(await api.provider().listOfferings(), []);
});

test("of named data centres each has its own offerings", async () => {
  using api = catalogue(sampleGpuType({ maxCount: { secure: 1, community: 1 } }));
  const offerings = await api.provider({ dataCenterIds: ["US-KS-2", "EU-RO-1"] }).listOfferings();
  assert.deepEqual(
    offerings.map(({ id, region, available }) => [id, region, available]),
    [
      ["1x NVIDIA L4 SECURE EU-RO-1", "EU-RO-1", undefined],
      ["1x NVIDIA L4 SECURE US-KS-2", "US-KS-2", 0],
    ],
  );
});

test("a network volume decides on the data centre", async () => {
  using api = catalogue(sampleGpuType({ maxCount: { secure: 1, community: 1 } }));
  const body = { id: "v", name: "weights", size: 100, dataCenter: "EU-RO-1", type: "STANDARD" };
  api.on("get", "/v2/network-volumes/v", { body });
  const [offering] = await api.provider({ networkVolumeId: "v" }).listOfferings();
  assert.equal(offering?.id, "1x NVIDIA L4 SECURE EU-RO-1");
  assert.equal(offering?.priceMicroDollarsPerHour, Math.ceil(440_000 + (20 / 10 / 720) * 1e6));
  await assert.rejects(api.provider({ networkVolumeId: "v", dataCenterIds: ["US-KS-2"] }).listOfferings(), {
    code: "RUNPOD_DATA_CENTER",
    message: /expected network volume v to lie in US-KS-2, but it lies in EU-RO-1/,
  });
});

test("an offering's id says which machine it is", () => {
  for (const machine of [
    { gpuId: "NVIDIA L4", gpuCount: 1, cloud: "SECURE", dataCenterId: undefined },
    { gpuId: "NVIDIA H100 80GB HBM3", gpuCount: 8, cloud: "COMMUNITY", dataCenterId: "EU-RO-1" },
  ] as const) {
    assert.deepEqual(parseOfferingId(formatOfferingId(machine)), machine);
  }
  for (const id of ["", "NVIDIA L4", "0x NVIDIA L4 SECURE", "1x NVIDIA L4", "1x NVIDIA L4 SPOT"]) {
    assert.throws(() => parseOfferingId(id), { code: "RUNPOD_OFFERING_UNKNOWN", offeringId: id });
  }
});
