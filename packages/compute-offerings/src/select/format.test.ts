import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { dollars, gib, list, rate, table } from "./format.ts";

describe("money", () => {
  test("is written to the cent, and further only where there is more", () => {
    assert.equal(dollars(0), "$0.00");
    assert.equal(dollars(390_000), "$0.39");
    assert.equal(dollars(1_600_000), "$1.60");
    assert.equal(dollars(1), "$0.000001");
    assert.equal(dollars(12_345_600), "$12.3456");
  });

  test("loses nothing of any whole number of millionths", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (microDollars) => {
        const [, whole = "", fraction = ""] = /^\$(\d+)\.(\d{2,6})$/.exec(dollars(microDollars)) ?? [];
        assert.equal(BigInt(whole + fraction.padEnd(6, "0")), BigInt(microDollars));
      }),
    );
  });
});

test("bytes are GiB, and MiB where there is less than one", () => {
  assert.equal(gib(2 ** 30), "1.0 GiB");
  assert.equal(gib(2 ** 30 - 2 ** 20), "1023 MiB");
  assert.equal(gib(45.04 * 2 ** 30), "45.0 GiB");
});

test("rates have three digits, large ones all before the point", () => {
  assert.deepEqual([0.01234, 1.005, 99.96, 1234.5].map(rate), ["0.0123", "1", "100", "1235"]);
  assert.equal(rate(Number.NaN), "unknown");
});

test("words are joined as people do", () => {
  assert.equal(list(["a"]), "a");
  assert.equal(list(["a", "b", "c"]), "a, b or c");
});

test("columns of numbers stand to the right", () => {
  assert.equal(
    table(
      ["name", "size"],
      [
        ["a", "1.0 GiB"],
        ["longer", "512 MiB"],
      ],
    ),
    "name       size\na       1.0 GiB\nlonger  512 MiB",
  );
});
