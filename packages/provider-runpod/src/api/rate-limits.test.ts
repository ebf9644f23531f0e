import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRetryAfter, RateLimits } from "./rate-limits.ts";

const POLICY = '"minute";q=60;w=60, "hour";q=3000;w=3600, "day";q=50000;w=86400';

function limitsAfter(rateLimit: string, policy?: string): RateLimits {
  const limits = new RateLimits();
  limits.hear(
    new Headers({ RateLimit: rateLimit, ...(policy !== undefined && { "RateLimit-Policy": policy }) }),
    0,
  );
  return limits;
}

test("nothing waits while there is plenty, or while nothing is known", () => {
  for (const limits of [new RateLimits(), limitsAfter('"minute";r=40;t=30, "hour";r=2800;t=1812', POLICY)]) {
    assert.deepEqual([limits.takeReadTurn(0), limits.takeReadTurn(0), limits.exhaustedForMs(0)], [0, 0, 0]);
  }
});

test("when half of a window is used up, reads are spread over the rest of it, and leave a tenth", () => {
  const limits = limitsAfter('"minute";r=26;t=40, "hour";r=2800;t=1812', POLICY);
  // 20 reads within 40 s; the other 6 requests are kept.
  assert.deepEqual([limits.takeReadTurn(0), limits.takeReadTurn(0), limits.takeReadTurn(0)], [0, 2000, 4000]);
  assert.equal(limits.takeReadTurn(6000), 0);
  assert.equal(limits.exhaustedForMs(0), 0);
});

test("what is kept for others is not read with", () => {
  const limits = limitsAfter('"minute";r=5;t=40', POLICY);
  assert.deepEqual([limits.takeReadTurn(0), limits.takeReadTurn(0)], [0, 40_000]);
});

test("a read that would wait too long for its turn leaves it to others", () => {
  const limits = limitsAfter('"hour";r=301;t=3600', POLICY);
  const turnsMs = Array.from({ length: 4 }, () => limits.takeReadTurn(0));
  assert.deepEqual(turnsMs, [0, 3_600_000, 3_600_000, 3_600_000]);
  assert.equal(limits.takeReadTurn(3_520_000), 80_000);
});

test("when nothing is left, everything waits until the last such window is over", () => {
  const limits = limitsAfter('"minute";r=0;t=12, "hour";r=0;t=300', POLICY);
  assert.equal(limits.exhaustedForMs(0), 300_000);
  assert.equal(limits.exhaustedForMs(299_000), 1_000);
  assert.equal(limits.exhaustedForMs(300_000), 0);
  assert.equal(limits.takeReadTurn(300_000), 0);
});

test("without a policy the most that was ever left is taken for the quota", () => {
  const limits = limitsAfter('"minute";r=60;t=60');
  limits.hear(new Headers({ RateLimit: '"minute";r=15;t=45' }), 0);
  assert.deepEqual([limits.takeReadTurn(0), limits.takeReadTurn(0)], [0, 5_000]);
});

test("headers that say nothing change nothing", () => {
  for (const header of ["", "none", '"minute"', '"minute";r=;t=', '"minute";r=0']) {
    const limits = limitsAfter(header, header);
    assert.deepEqual([limits.takeReadTurn(0), limits.exhaustedForMs(0)], [0, 0], header);
  }
});

test("how long to wait is said in seconds, or as a date", () => {
  assert.equal(parseRetryAfter("12", 0), 12_000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 1970 00:00:30 GMT", 10_000), 20_000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 1970 00:00:30 GMT", 40_000), 0);
  assert.equal(parseRetryAfter("soon", 0), undefined);
  assert.equal(parseRetryAfter(null, 0), undefined);
});
