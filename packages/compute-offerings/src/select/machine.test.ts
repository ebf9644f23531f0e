import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ComputeOffering } from "@conduit/types";
import { GPUS } from "../catalogue/gpus.ts";
import { type Machine, machineOf } from "./machine.ts";

const GIB = 2 ** 30;

function offering(facts: Partial<ComputeOffering>): ComputeOffering {
  return { id: "x", provider: "RUNPOD", gpuCount: 1, priceMicroDollarsPerHour: 1, spot: false, ...facts };
}

function found(facts: Partial<ComputeOffering>): Machine {
  const machine = machineOf(offering(facts));
  return "missing" in machine ? assert.fail(machine.missing) : machine;
}

describe("machineOf", () => {
  test("takes a card's usable memory, however the offering rounds its own figure", () => {
    const { usableMemoryBytes } = GPUS.B300;
    for (const gpuMemoryBytes of [undefined, 288e9, 288 * GIB]) {
      const facts = gpuMemoryBytes === undefined ? {} : { gpuMemoryBytes };
      assert.equal(found({ gpu: "B300", ...facts }).usableBytes, usableMemoryBytes);
    }
  });

  test("takes another memory for another variant of the card", () => {
    const twelve = found({ gpu: "RTX A2000", gpuMemoryBytes: 12 * GIB });
    assert.equal(twelve.usableBytes, 2 * GPUS.RTX_A2000.usableMemoryBytes);
  });

  test("is careful with cards that it does not know", () => {
    const known = { gpu: "Z900", architecture: "BLACKWELL", gpuMemoryBytes: 100 * GIB } as const;
    const { usableBytes, gpu } = found(known);
    assert.equal(gpu, undefined);
    assert.ok(usableBytes > 92 * GIB && usableBytes < 94 * GIB);
    assert.deepEqual(machineOf(offering({ gpu: "Z900", gpuMemoryBytes: GIB })), {
      missing: "an architecture, or a GPU of the catalogue",
    });
    assert.deepEqual(machineOf(offering({ gpu: "Z900", architecture: "BLACKWELL" })), {
      missing: "gpuMemoryBytes, or a GPU of the catalogue",
    });
  });

  test("takes the memory of a machine without a GPU as one device", () => {
    const host = found({ gpuCount: 0, memoryBytes: 64 * GIB });
    assert.deepEqual([host.deviceCount, host.usableBytes, host.architecture], [1, 64 * GIB, undefined]);
    assert.deepEqual(machineOf(offering({ gpuCount: 0 })), { missing: "memoryBytes" });
  });

  test("knows links that are built in, and bridges only by the offering's word", () => {
    assert.equal(found({ gpu: "H200", gpuCount: 8 }).interconnect, "NVLINK");
    assert.equal(found({ gpu: "MI300X", gpuCount: 8 }).interconnect, "INFINITY_FABRIC");
    assert.equal(found({ gpu: "RTX A6000", gpuCount: 2 }).interconnect, undefined);
    assert.equal(found({ gpu: "RTX A6000", gpuCount: 2, interconnect: "NVLINK" }).interconnect, "NVLINK");
  });
});
