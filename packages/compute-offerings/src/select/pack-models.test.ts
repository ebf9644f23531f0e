import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type PackItem, type PackSpace, packModels } from "./pack-models.ts";

/** Devices of 24 units, of which the runtime takes one per model. */
function space(deviceCount: number): PackSpace {
  return { deviceCount, budgetBytes: 24, overheadBytes: (items) => items.length };
}

function item(model: number, bytes: number, degree = 1): PackItem {
  return { model, bytes, degree };
}

function machinesFor(items: readonly PackItem[], deviceCount: number): number | undefined {
  return packModels(items, space(deviceCount), Number.POSITIVE_INFINITY)?.machines.length;
}

describe("packModels", () => {
  test("counts what the runtime takes for every model that shares a device", () => {
    assert.equal(machinesFor([item(0, 23)], 1), 1);
    assert.equal(machinesFor([item(0, 24)], 1), undefined);
    assert.equal(machinesFor([item(0, 11), item(1, 11)], 1), 1);
    assert.equal(machinesFor([item(0, 11), item(1, 12)], 1), 2);
  });

  test("finds what filling the largest first would miss", () => {
    // 9 + 7 + 5 and 8 + 7 + 6 are the 21 that three models leave; by size alone 9 and 8 share a device, and 5 is left over.
    const sizes = [9, 8, 7, 7, 6, 5];
    assert.equal(
      machinesFor(
        sizes.map((bytes, model) => item(model, bytes)),
        2,
      ),
      1,
    );
  });

  test("keeps the shares of a model on one machine", () => {
    assert.equal(machinesFor([item(0, 20, 2)], 1), undefined);
    assert.equal(machinesFor([item(0, 20, 2), item(1, 20)], 2), 2);
    assert.equal(machinesFor([item(0, 20, 2), item(1, 20)], 3), 1);
    assert.equal(machinesFor([item(0, 11, 2), item(1, 11, 2), item(2, 11, 2)], 3), 1);
  });

  test("puts models apart where there is space", () => {
    const { placed = [] } = packModels([item(0, 5), item(1, 5)], space(2), 1) ?? {};
    assert.deepEqual(
      placed.map(({ devices }) => devices),
      [[0], [1]],
    );
  });

  test("stops at the most machines", () => {
    assert.equal(packModels([item(0, 20), item(1, 20), item(2, 20)], space(1), 2), undefined);
  });
});
