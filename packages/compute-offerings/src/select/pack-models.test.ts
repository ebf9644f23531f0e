import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Filling, type PackItem, packModels } from "./pack-models.ts";

/** Devices of 24 units, of which the runtime takes one per model. */
function empty(deviceCount: number): Filling {
  return new Filling({ deviceCount, budgetBytes: 24, overheadBytes: (count) => count });
}

function item(model: number, bytes: number, degree = 1, seconds = 0): PackItem {
  return { model, bytes, degree, seconds, bound: "bandwidth", maxRoundSeconds: Number.POSITIVE_INFINITY };
}

/** The fewest machines that hold the items, if four do. */
function machinesFor(items: readonly PackItem[], deviceCount: number): number | undefined {
  return [1, 2, 3, 4].find((machines) => packModels(items, 1, empty(deviceCount), machines));
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
    const items = [9, 8, 7, 7, 6, 5].map((bytes, model) => item(model, bytes));
    assert.equal(machinesFor(items, 2), 1);
  });

  test("keeps the shares of a model on one machine", () => {
    assert.equal(machinesFor([item(0, 20, 2)], 1), undefined);
    assert.equal(machinesFor([item(0, 20, 2), item(1, 20)], 2), 2);
    assert.equal(machinesFor([item(0, 20, 2), item(1, 20)], 3), 1);
    assert.equal(machinesFor([item(0, 11, 2), item(1, 11, 2), item(2, 11, 2)], 3), 1);
  });

  test("puts models apart where there is space", () => {
    const { placed = [] } = packModels([item(0, 5), item(1, 5)], 1, empty(2), 1) ?? {};
    assert.deepEqual(
      placed.map(({ devices }) => devices),
      [[0], [1]],
    );
  });

  test("keeps rounds below a limit, and tells the longest", () => {
    const items = [5, 4, 3, 2].map((seconds, model) => item(model, 1, 1, seconds));
    assert.equal(packModels(items, 1, empty(2), 1)?.seconds, 7);
    assert.equal(packModels(items, 1, empty(2), 1, 8)?.seconds, 7);
    assert.equal(packModels(items, 1, empty(2), 1, 7), undefined);
  });

  test("lets no item wait longer than it may", () => {
    const hasty = { ...item(0, 1, 1, 2), maxRoundSeconds: 3 };
    assert.equal(machinesFor([hasty, item(1, 1, 1, 1)], 1), 1);
    assert.equal(machinesFor([hasty, item(1, 1, 1, 2)], 1), 2);
  });

  test("puts copies close together where nothing else is asked", () => {
    const copy = { ...item(0, 1, 1, 1), maxRoundSeconds: 2 };
    const { machines = [] } = packModels([copy], 4, empty(1), 3) ?? {};
    assert.deepEqual(
      machines.map(([device]) => device?.items.length),
      [2, 2, 0],
    );
  });
});
