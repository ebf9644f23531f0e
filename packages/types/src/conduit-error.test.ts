import assert from "node:assert/strict";
import { test } from "node:test";
import { ConduitError, InvalidSchemaError, ProviderError } from "./index.ts";

const failure = new ProviderError("The machine is gone.", {
  provider: "LOCAL",
  outcome: "none",
  retry: "later",
  cause: new Error("ECONNREFUSED"),
});

test("an error carries its class's name, its code and its cause", () => {
  assert.equal(failure.name, "ProviderError");
  assert.equal(failure.code, "PROVIDER");
  assert.equal(String(failure), "ProviderError: The machine is gone.");
  assert.ok(failure.cause instanceof Error);
  assert.ok(!("cause" in new InvalidSchemaError("null")), "no cause is no property");
});

test("isInstance of the base takes every Conduit error, isInstance of a subclass takes that code", () => {
  assert.ok(ConduitError.isInstance(failure));
  assert.ok(ProviderError.isInstance(failure));
  assert.ok(!InvalidSchemaError.isInstance(failure));
});

test("isInstance of a class takes the errors of the classes below it, not the other way round", () => {
  class DaemonError extends ProviderError {
    static override readonly code = "DAEMON";
    override readonly code = DaemonError.code;
  }
  const daemonFailure = new DaemonError("No answer.", {
    provider: "LOCAL",
    outcome: "maybe",
    retry: "later",
  });
  assert.ok(ProviderError.isInstance(daemonFailure));
  assert.ok(DaemonError.isInstance(daemonFailure));
  assert.ok(!DaemonError.isInstance(failure));
  assert.ok(!InvalidSchemaError.isInstance(daemonFailure));
});

test("isInstance rejects what only looks like an error of Conduit", () => {
  for (const value of [new Error("PROVIDER"), { code: "PROVIDER" }, null, undefined, "PROVIDER"]) {
    assert.ok(!ConduitError.isInstance(value));
    assert.ok(!ProviderError.isInstance(value));
  }
});

test("isInstance recognises errors of another copy of the package, which instanceof does not", async () => {
  const specifier = new URL("./conduit-error.ts?copy", import.meta.url).href;
  const copy = (await import(specifier)) as typeof import("./conduit-error.ts");
  assert.notEqual(copy.ConduitError, ConduitError);
  class CopiedError extends copy.ConduitError {
    static readonly code = "PROVIDER";
    readonly code = CopiedError.code;
  }
  const foreign = new CopiedError("from the other copy");
  assert.ok(!(foreign instanceof ConduitError));
  assert.ok(ConduitError.isInstance(foreign));
  assert.ok(ProviderError.isInstance(foreign));
  assert.ok(!InvalidSchemaError.isInstance(foreign));
  assert.ok(copy.ConduitError.isInstance(failure));
});

test("isInstance narrows to the class it is called on", () => {
  const value: unknown = failure;
  assert.ok(ProviderError.isInstance(value));
  const retry: "next-offering" | "later" | "never" = value.retry;
  assert.equal(retry, "later");
});
