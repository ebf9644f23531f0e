import assert from "node:assert/strict";
import type { ConduitError, ErrorClass } from "@conduit/types";

/** Checks for an error of that class with exactly that message. */
export function failsWith(
  errorClass: ErrorClass<ConduitError> & { readonly name: string },
  message: string,
): (error: unknown) => true {
  return (error) => {
    assert(error instanceof Error);
    assert.equal(error.message, message);
    assert.equal(error.name, errorClass.name);
    assert.equal((error as ConduitError).code, errorClass.code);
    return true;
  };
}
