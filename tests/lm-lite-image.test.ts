import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildEngineImage, DockerDaemon, noDocker } from "@conduit/provider-local/testing";
import { repository } from "../scripts/lib/paths.mjs";
import { required } from "./support/engine.ts";
import { EngineContainer, type EngineContainerOptions } from "./support/engine-container.ts";
import { namesIn } from "./support/tar-names.ts";

const IMAGE = "conduit-tests/lm-lite:2";
const MODEL = "/models/demo";
const MIB = 2 ** 20;
const STREAMS = 8;

describe("the image of LM Lite", { skip: noDocker }, () => {
  let daemon: DockerDaemon;
  before(async () => {
    daemon = await DockerDaemon.start();
    await buildEngineImage(daemon, { image: IMAGE, engine: required("LM_LITE_BIN") });
  });
  after(() => daemon[Symbol.asyncDispose]());

  const start = (
    env: Readonly<Record<string, string>> = {},
    options: Pick<EngineContainerOptions, "readOnlyRoot"> = {},
  ) =>
    EngineContainer.start(daemon, {
      ...options,
      image: IMAGE,
      env: {
        MODELS: JSON.stringify([{ id: MODEL, max_model_len: 4096, max_model_concurrency: STREAMS }]),
        ...env,
      },
      folders: { [MODEL]: join(repository, "examples", "demo-model") },
    });

  const messages = [{ role: "user", content: "total 4\n-rw-r--r-- 1 root root 4096 Nov 27 16:08 a.txt" }];
  const request = (fields: object) => ({ model: MODEL, messages, ...fields });

  test("chats and streams in the smallest container, and stops at once", async () => {
    await using engine = await start();
    await engine.untilReady();
    const chat = await engine.post("/v1/chat/completions", request({ max_tokens: 4 }));
    assert.equal(chat.status, 200, await chat.text());
    const stream = await engine.post("/v1/chat/completions", request({ max_tokens: 4, stream: true }));
    assert.match(await stream.text(), /^data: .*\n\ndata: \[DONE\]\n\n$/s);

    const health = await engine.exec("/lm-lite", "health");
    assert.equal(health.exitCode, 0, health.output);
    assert.match(health.output, /"ready":true/);

    const log = await engine.log();
    // One thread for the one CPU of it, and four fifths of what it may have.
    assert.match(log, /device="?cpu \([a-z0-9-]+, 1 threads\)/);
    const limitBytes = Number(/memory_limit_bytes=(\d+)/.exec(log)?.[1]);
    assert(limitBytes > 64 * MIB && limitBytes <= 0.8 * 512 * MIB, `${limitBytes}`);

    const processes = await engine.docker.top({ ps_args: "-o pid,uid,stat,args" });
    const rows: readonly (readonly string[])[] = processes.Processes;
    assert.deepEqual(
      rows.map(([, uid, , ...command]) => [uid, ...command]),
      [["12345", "/lm-lite serve"]],
    );
    await engine.docker.stop({ t: 60 });
    const { State: state } = await engine.docker.inspect();
    assert.deepEqual([state.ExitCode, state.OOMKilled], [0, false], await engine.log());
  });

  test("ends the streams that it has begun when Docker stops it", async () => {
    await using engine = await start({ LM_LITE_DRAIN_TIMEOUT_SECONDS: "300" });
    await engine.untilReady();
    const fields = { stream: true, max_tokens: 1000, ignore_eos: true, temperature: 1 };
    const answers = await Promise.all(
      Array.from({ length: STREAMS }, (_, seed) =>
        engine.post("/v1/chat/completions", request({ ...fields, seed })),
      ),
    );
    let endedBeforeStop = 0;
    let isStopping = false;
    const begun = answers.map(() => Promise.withResolvers<void>());
    const texts = answers.map(async (answer, index) => {
      let whole = "";
      const decoder = new TextDecoder();
      for await (const chunk of answer.body ?? []) {
        whole += decoder.decode(chunk, { stream: true });
        if (whole.includes('"content":')) begun[index]?.resolve();
      }
      if (!isStopping) endedBeforeStop++;
      return whole;
    });
    await Promise.all(begun.map(({ promise }) => promise));
    isStopping = true;
    const stopped = engine.docker.stop({ t: 320 });
    for (const whole of await Promise.all(texts)) {
      assert.match(whole, /"finish_reason":"length".*data: \[DONE\]\n\n$/s, whole.slice(-500));
    }
    await stopped;
    assert.equal(endedBeforeStop, 0, "the streams were over before it was stopped");
    const { State: state } = await engine.docker.inspect();
    assert.equal(state.ExitCode, 0, await engine.log());
  });

  test("writes nothing, also where it could", async () => {
    await using engine = await start({}, { readOnlyRoot: false });
    await engine.untilReady();
    const chat = await engine.post("/v1/chat/completions", request({ max_tokens: 4 }));
    assert.equal(chat.status, 200, await chat.text());
    const changes: readonly { readonly Path: string }[] = (await engine.docker.changes()) ?? [];
    // Docker makes the folders that it mounts something at.
    const written = changes.map(({ Path }) => Path).filter((path) => !`${MODEL}/`.startsWith(`${path}/`));
    assert.deepEqual(
      written.filter((path) => !/^\/(dev|proc|sys|etc)(\/|$)/.test(path)),
      [],
    );
  });

  test("says that there is no GPU, and takes the CPU only where that is not refused", async () => {
    await using onCpu = await start();
    await onCpu.untilReady();
    assert.match(await onCpu.log(), /uses the CPU: /);
    for (const env of [{ LM_LITE_DEVICE: "cuda:0" }, { CONDUIT_REQUIRE_GPU: "1" }]) {
      await using engine = await start(env);
      assert.equal(await engine.exitCode(), 3);
      assert.match(await engine.log(), /cannot be used|can be used/);
    }
  });

  test("holds the engine, libraries and certificates, and nothing else", async () => {
    const container = await daemon.client.createContainer({ Image: IMAGE });
    const names = await namesIn(await container.export());
    await container.remove();
    // Docker's own, in every container.
    const docker = /^(dev|proc|sys|\.dockerenv$|etc\/(hosts|hostname|resolv\.conf|mtab)$)/;
    const files = names.filter((name) => !docker.test(name) && !name.endsWith("/")).sort();
    const libraries = files.filter((name) => /^lib(64)?\/.*\.so[.0-9]*$/.test(name));
    assert.deepEqual(
      files.filter((name) => !libraries.includes(name)),
      ["etc/ssl/certs/ca-certificates.crt", "lm-lite"],
    );
    assert(libraries.length <= 10, libraries.join("\n"));
    const { Size: bytes, Config: config } = await daemon.client.getImage(IMAGE).inspect();
    assert(bytes < 120e6, `${bytes}`);
    assert.equal(config.User, "65532:65532");
    assert.deepEqual(Object.assign({ Test: [] }, config.Healthcheck).Test, ["CMD", "/lm-lite", "health"]);
    for (const variable of ["NVIDIA_VISIBLE_DEVICES=all", "NVIDIA_DRIVER_CAPABILITIES=compute,utility"]) {
      assert(config.Env?.includes(variable), `${config.Env}`);
    }
    assert.match(config.Labels?.["org.opencontainers.image.source"] ?? "", /^https:/);
  });

  test("is the same image when it is built again", async () => {
    const again = `${IMAGE}-again`;
    await buildEngineImage(daemon, { image: again, engine: required("LM_LITE_BIN") });
    const [first, second] = await Promise.all(
      [IMAGE, again].map((image) => daemon.client.getImage(image).inspect()),
    );
    assert.deepEqual(second?.RootFS, first?.RootFS);
    assert.deepEqual(second?.Config, first?.Config);
    // Builders before BuildKit 0.11 write down when they built.
    if (first?.Created === second?.Created) assert.equal(second?.Id, first?.Id);
  });
});
