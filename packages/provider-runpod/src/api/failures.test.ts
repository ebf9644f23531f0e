import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionFailureOf, refusalOf } from "./failures.ts";

const create = { kind: "create", what: "create a pod" } as const;

const systemError = (code: string, syscall: string) =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall });

/** What a failure says of a create. */
function outcomeOf(cause: unknown): string {
  const failed = new TypeError("fetch failed", { cause });
  const { code, outcome } = connectionFailureOf(create, "https://api.runpod.io", failed);
  return `${code} ${outcome}`;
}

for (const code of ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN", "ETIMEDOUT"]) {
  test(`${code} of who connects means that nothing was sent, of who reads or writes it does not`, () => {
    assert.equal(outcomeOf(systemError(code, "connect")), "RUNPOD_UNREACHABLE none");
    assert.equal(outcomeOf(systemError(code, "read")), "RUNPOD_ANSWER_LOST maybe");
    assert.equal(outcomeOf(systemError(code, "write")), "RUNPOD_ANSWER_LOST maybe");
  });
}

test("of several addresses none may have been reached", () => {
  const refused = systemError("ECONNREFUSED", "connect");
  const lost = systemError("ECONNRESET", "read");
  assert.equal(outcomeOf(new AggregateError([refused, refused])), "RUNPOD_UNREACHABLE none");
  assert.equal(outcomeOf(new AggregateError([refused, lost])), "RUNPOD_ANSWER_LOST maybe");
  assert.equal(outcomeOf(new AggregateError([])), "RUNPOD_ANSWER_LOST maybe");
});

test("an answer that points elsewhere may point at what it has made", () => {
  const outcomes = [302, 303, 307, 308].map(
    (status) => refusalOf(create, { status, reason: "see there", violations: [], isDocument: false }).outcome,
  );
  assert.deepEqual(outcomes, ["maybe", "maybe", "none", "none"]);
});
