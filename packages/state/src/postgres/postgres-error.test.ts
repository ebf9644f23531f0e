import assert from "node:assert/strict";
import { test } from "node:test";
import { StateQueryError, StateStoreUnavailableError } from "../state-database-error.ts";
import { toConnectError, toSqlError } from "./postgres-error.ts";

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test("a machine that has no network yet waits for its server", () => {
  for (const code of ["EADDRNOTAVAIL", "EHOSTDOWN", "ENETDOWN", "ENETUNREACH", "EAI_AGAIN"])
    assert.equal(toConnectError(failure(code), "x").retry, "unreachable", code);
});

test("what keeps a connection from being made is no statement that failed", () => {
  for (const code of ["28P01", "3D000", "42501", "DEPTH_ZERO_SELF_SIGNED_CERT", "EMFILE"]) {
    const { error, retry } = toConnectError(failure(code), "x");
    assert(StateStoreUnavailableError.isInstance(error), code);
    assert.equal(retry, "never", code);
  }
  assert(StateQueryError.isInstance(toSqlError(failure("42501"), "x", 1).error));
});
