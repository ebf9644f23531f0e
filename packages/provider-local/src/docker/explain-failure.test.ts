import assert from "node:assert/strict";
import { test } from "node:test";
import { explainReason } from "./explain-failure.ts";

/** What Docker says, from 20.10 to 28, and the code of what it means. */
const sayings = [
  ['could not select device driver "nvidia" with capabilities: [[gpu]]', "NVIDIA_TOOLKIT_MISSING"],
  [
    "nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1",
    "NVIDIA_TOOLKIT_MISSING",
  ],
  [
    "failed to create task for container: could not apply required modification to OCI specification: error modifying OCI spec: " +
      "failed to inject CDI devices: unresolvable CDI devices nvidia.com/gpu=0",
    "NVIDIA_TOOLKIT_MISSING",
  ],
  [
    "driver failed programming external connectivity on endpoint x (0123): Bind for 127.0.0.1:8000 failed: port is already allocated",
    "PORT_TAKEN",
  ],
  [
    "driver failed programming external connectivity on endpoint x (0123): Error starting userland proxy: listen tcp4 " +
      "127.0.0.1:8000: bind: address already in use",
    "PORT_TAKEN",
  ],
  ["failed to register layer: write /usr/lib/x: no space left on device", "NOT_ENOUGH_DISK"],
  ["No such image: conduit/lm-lite:0.1.0", "IMAGE_NOT_FOUND"],
] as const;

test("what Docker says has a code where it is known", () => {
  for (const [reason, code] of sayings) {
    const error = explainReason(reason);
    assert.equal(error?.code, code, reason);
    assert.equal(error?.outcome, "none");
    assert.ok(error?.message.includes(reason), error?.message);
  }
  assert.equal(explainReason("something else"), undefined);
});
