import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { InvalidModelConfigError } from "./errors/invalid-model-config-error.ts";
import { ModelNotServedError } from "./errors/model-not-served-error.ts";
import { ServedModels } from "./served-models.ts";

const refuses = (models: ConstructorParameters<typeof ServedModels>[0], message: RegExp) =>
  assert.throws(
    () => new ServedModels(models),
    (error) => {
      assert.ok(InvalidModelConfigError.isInstance(error), String(error));
      assert.match(error.message, message);
      return true;
    },
  );

test("defaults are filled in, and paths become absolute", () => {
  const models = new ServedModels([
    { id: "org/model", maxModelLen: 7 },
    { id: "./model" },
    { id: "~/model" },
  ]);
  const defaults = { maxModelLen: 1024, maxModelConcurrency: 1, modelBatchExecuteTimeoutMs: 0 };
  assert.deepEqual(models.configs, [
    { ...defaults, id: "org/model", maxModelLen: 7 },
    { ...defaults, id: resolve("model") },
    { ...defaults, id: join(homedir(), "model") },
  ]);
  assert.equal(models.engineId("./model"), resolve("model"));
  assert.throws(() => models.engineId("model"), ModelNotServedError);
});

test("what cannot be served is refused by name", () => {
  refuses([], /at least one model/);
  refuses([{ id: "m", maxModelLen: 0 }], /of m: \/maxModelLen/);
  // @ts-expect-error: no such format
  refuses([{ id: "m", quantization: "fp9" }], /of m: \/quantization/);
  // @ts-expect-error: no such format
  refuses([{ id: "m", kvDtype: "fp9" }], /of m: \/kvDtype/);
  refuses([{ id: "m" }, { id: "m" }], /of m: .*twice/);
  refuses([{ id: "./m" }, { id: resolve("m") }], /\/m: .*twice/);
});
