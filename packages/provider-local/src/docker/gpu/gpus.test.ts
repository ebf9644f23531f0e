import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MIXED,
  NO_DRIVER,
  type NvidiaSmiOutput,
  PARTITIONED,
  PARTITIONED_BY_OLD_DRIVER,
  SHARED_MEMORY,
} from "../../testing/nvidia-smi-output.ts";
import { thisMachine } from "../../this-machine.ts";
import { NotEnoughGpuMemoryError } from "../errors/not-enough-gpu-memory-error.ts";
import { chooseGpus, isFree } from "./choose-gpus.ts";
import { gpuOfferings } from "./gpu-offerings.ts";
import { parseNvidiaSmi } from "./parse-nvidia-smi.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const parse = ({ query, list }: NvidiaSmiOutput) => parseNvidiaSmi(query, list);
const nobody = { nodeCounts: new Map<string, number>(), minFreeShare: 0.8 };
const [first = "", second = "", third = ""] = parse(MIXED).map(({ uuid }) => uuid);

test("cards are told by their UUID, with their total and free memory", () => {
  assert.deepEqual(parse(MIXED).slice(1), [
    {
      uuid: second,
      name: "NVIDIA A800-SXM4-80GB",
      memoryBytes: 81_920 * MIB,
      freeBytes: 604 * MIB,
      architecture: "AMPERE",
      isInstance: false,
    },
    {
      uuid: third,
      name: "NVIDIA GeForce RTX 4070",
      memoryBytes: 12_282 * MIB,
      freeBytes: 11_759 * MIB,
      architecture: "ADA",
      isInstance: false,
    },
  ]);
});

test("of a partitioned card only its instances count", () => {
  const devices = parse(PARTITIONED);
  assert.equal(devices.length, 4);
  assert.deepEqual(devices[0], {
    uuid: "MIG-7839bf6f-ba33-59f0-89eb-01c8d8c4134d",
    name: "NVIDIA H100 NVL MIG 2g.24gb",
    memoryBytes: 24 * GIB,
    architecture: "HOPPER",
    isInstance: true,
  });
  assert.deepEqual(
    parse(PARTITIONED_BY_OLD_DRIVER).map(({ uuid, memoryBytes }) => [uuid, memoryBytes]),
    [
      ["MIG-GPU-9de3d0e8-33f5-10dc-0c79-2c88a7ab0a23/2/0", 20 * GIB],
      ["MIG-GPU-9de3d0e8-33f5-10dc-0c79-2c88a7ab0a23/3/0", 10 * GIB],
      ["MIG-GPU-9de3d0e8-33f5-10dc-0c79-2c88a7ab0a23/9/0", 5 * GIB],
    ],
  );
});

test("what nvidia-smi does not tell is unknown, and without a driver there are none", () => {
  const [spark, ...others] = parse(SHARED_MEMORY);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [spark?.name, spark?.memoryBytes, spark?.freeBytes, spark?.architecture],
    ["NVIDIA GB10", undefined, undefined, "BLACKWELL"],
  );
  assert.deepEqual(parse(NO_DRIVER), []);
  assert.deepEqual(parseNvidiaSmi("", ""), []);
});

test("each number of each kind is offered, with how many can be had", () => {
  const offerings = gpuOfferings(thisMachine(), parse(MIXED), (device) => isFree(device, nobody));
  assert.deepEqual(
    offerings.map(({ id, gpu, gpuCount, available }) => [id, gpu, gpuCount, available]),
    [
      ["this-machine-2x-nvidia-a800-sxm4-80gb-80gib", "NVIDIA A800-SXM4-80GB", 2, 0],
      ["this-machine-1x-nvidia-a800-sxm4-80gb-80gib", "NVIDIA A800-SXM4-80GB", 1, 1],
      ["this-machine-1x-nvidia-geforce-rtx-4070-12gib", "NVIDIA GeForce RTX 4070", 1, 1],
    ],
  );
  // A program sees one instance only.
  const instances = gpuOfferings(thisMachine(), parse(PARTITIONED), (device) => isFree(device, nobody));
  assert.deepEqual(
    instances.map(({ gpu, gpuCount, available }) => [gpu, gpuCount, available]),
    [
      ["NVIDIA H100 NVL MIG 2g.24gb", 1, 3],
      ["NVIDIA H100 NVL MIG 1g.12gb", 1, 1],
    ],
  );
});

function offering(gpuCount: number, output = MIXED) {
  const found = gpuOfferings(thisMachine(), parse(output), () => true).find(
    (each) => each.gpuCount === gpuCount,
  );
  assert(found !== undefined);
  return found;
}

test("a node gets cards of its kind whose memory is free", () => {
  const chosen = chooseGpus(offering(1), parse(MIXED), nobody);
  assert.deepEqual(
    chosen.map(({ uuid }) => uuid),
    [first],
  );
  const half = { ...nobody, minFreeShare: 0.005 };
  assert.deepEqual(
    chooseGpus(offering(2), parse(MIXED), half).map(({ uuid }) => uuid),
    [first, second],
  );
  assert.deepEqual(chooseGpus(thisMachine(), parse(MIXED), nobody), []);
});

test("a card that a node has is left to it, unless little memory is asked for", () => {
  const taken = { ...nobody, nodeCounts: new Map([[first, 1]]) };
  assert.throws(
    () => chooseGpus(offering(1), parse(MIXED), taken),
    (error) => {
      assert(NotEnoughGpuMemoryError.isInstance(error), String(error));
      assert.deepEqual([error.outcome, error.retry], ["none", "next-offering"]);
      assert.match(error.message, /81176 of 81920 MiB free, 1 other nodes; GPU-.*: 604 of 81920 MiB free/);
      return true;
    },
  );
  const shared = { ...taken, minFreeShare: 0.005 };
  // The one without a node comes first, although less of it is free.
  assert.deepEqual(
    chooseGpus(offering(1), parse(MIXED), shared).map(({ uuid }) => uuid),
    [second],
  );
});

test("a node that says what it takes of each card gets those with as much free memory", () => {
  const [offered] = gpuOfferings(thisMachine(), parse(MIXED), (device) => isFree(device, nobody, 500 * MIB));
  assert.equal(offered?.available, 0, "another share was asked for");
  const unasked = { nodeCounts: nobody.nodeCounts };
  const chosen = (vramBytes: number) =>
    chooseGpus(offering(2), parse(MIXED), unasked, vramBytes).map(({ uuid }) => uuid);
  assert.deepEqual(chosen(604 * MIB), [first, second]);
  assert.throws(() => chosen(604 * MIB + 1), {
    code: "NOT_ENOUGH_GPU_MEMORY",
    message:
      /expected 2 x NVIDIA A800-SXM4-80GB with the 605 MiB that its models take of each free .*604 of 81920 MiB free/,
  });
  // The share that nodes get where nobody knows what they take.
  assert.throws(() => chooseGpus(offering(2), parse(MIXED), unasked), /with 80 % of the memory free/);
  const [available] = gpuOfferings(thisMachine(), parse(MIXED), (device) =>
    isFree(device, unasked, 604 * MIB),
  ).map((each) => each.available);
  assert.equal(available, 1);
});

test("an instance is refused to a node that takes more than there is of it", () => {
  const unasked = { nodeCounts: nobody.nodeCounts };
  const instance = offering(1, PARTITIONED);
  assert.equal(chooseGpus(instance, parse(PARTITIONED), unasked, 24 * GIB).length, 1);
  assert.throws(() => chooseGpus(instance, parse(PARTITIONED), unasked, 24 * GIB + 1), {
    code: "NOT_ENOUGH_GPU_MEMORY",
  });
});

test("of instances, whose memory nobody tells, each goes to one node", () => {
  const [instance = { uuid: "" }] = parse(PARTITIONED);
  const taken = { ...nobody, nodeCounts: new Map([[instance.uuid, 1]]) };
  const [chosen] = chooseGpus(offering(1, PARTITIONED), parse(PARTITIONED), taken);
  assert.equal(chosen?.uuid, "MIG-433a63e2-53a4-58c0-9b8d-a4dba3eb8f36");
  assert.throws(() => chooseGpus(offering(1, PARTITIONED), [], taken), /found none of that kind/);
});
