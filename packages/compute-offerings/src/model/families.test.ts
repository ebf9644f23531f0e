import assert from "node:assert/strict";
import { test } from "node:test";
import { FAMILIES } from "../testing/family-configs.ts";
import { parseModelConfig } from "./parse-model-config.ts";

for (const { model, billions, config } of FAMILIES) {
  test(`${model}, ${billions}B`, () => {
    const error = parseModelConfig(config).parameters / 1e9 / billions - 1;
    assert.ok(Math.abs(error) <= 0.002, `${(error * 100).toFixed(2)} % off`);
  });
}
