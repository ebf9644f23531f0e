import assert from "node:assert/strict";
import { test } from "node:test";
import { nameMatcher } from "./name-pattern.ts";

test("a path names itself and what is below it, under any wrapper's prefix", () => {
  for (const path of [
    "model.layers.1.self_attn",
    "language_model.model.layers.1.self_attn",
    "backbone.layers.1.self_attn",
  ]) {
    const named = nameMatcher([path]);
    assert.ok(named("layers.1.self_attn"), path);
    assert.ok(named("layers.1.self_attn.q_proj"), path);
    assert.ok(!named("layers.11.self_attn.q_proj"), path);
  }
});

test("a word names whole parts of paths only", () => {
  const named = nameMatcher(["gate", "lm_head"]);
  assert.ok(named("layers.0.mlp.gate"));
  assert.ok(!named("layers.0.mlp.gate_proj"));
  assert.ok(named("lm_head"));
});

test("shell patterns and regular expressions", () => {
  assert.ok(nameMatcher(["model.layers.0*"])("layers.0.mlp.up_proj"));
  assert.ok(!nameMatcher(["model.layers.0*"])("layers.10.mlp.up_proj"));
  assert.ok(nameMatcher(["*.mlp.shared_expert.*"])("layers.3.mlp.shared_expert.up_proj"));
  assert.ok(nameMatcher(["re:.*self_attn.*"])("layers.3.self_attn.o_proj"));
  assert.ok(nameMatcher(["re:model\\.layers\\.3\\..*"])("layers.3.self_attn.o_proj"));
  assert.ok(!nameMatcher(["re:.*mlp\\.(gate|up|gate_up|down)_proj.*"])("layers.3.mlp.experts.up_proj"));
});
