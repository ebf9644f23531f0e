import assert from "node:assert/strict";
import { test } from "node:test";
import { LM_LITE, LMLiteBlock } from "@conduit/lm-lite";
import { buildEngineImage, DockerDaemon, noDocker, until } from "@conduit/provider-local/testing";
import { RunpodProvider } from "@conduit/provider-runpod";
import { MemoryStateStore } from "@conduit/state";
import { required } from "./support/engine.ts";
import { RentedEngines } from "./support/rented-engines.ts";

const model = required("RANDOM_MODEL");

test("pods of the stand-in run the image that is asked for", { skip: noDocker }, async () => {
  await using docker = await DockerDaemon.start();
  const image = `${LM_LITE.image}-other`;
  await buildEngineImage(docker, { image, engine: required("LM_LITE_BIN") });
  await using rented = await RentedEngines.start({ docker });
  const running = async () => (await docker.client.listContainers()).map(({ Image }) => Image);
  const lm = await LMLiteBlock.deploy({
    models: [{ id: model, maxModelLen: 256 }],
    provider: new RunpodProvider(rented.options),
    store: new MemoryStateStore(),
    image,
  });
  try {
    const messages = [{ role: "user", content: "Hi" }] as const;
    assert.notEqual(await lm.chat({ model, messages, maxTokens: 4 }), "");
    assert.deepEqual(await running(), [image]);
    assert.match(rented.logs().join("\n"), /listening host="0.0.0.0" port=8000/);
  } finally {
    await lm.delete();
  }
  await until("the container to end", async () => (await running()).length === 0);
  assert.deepEqual(rented.server.world.violations(), []);
});
