import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { ProviderError, type ProviderNode } from "@conduit/types";
import { noDocker } from "../testing/docker-daemon.ts";
import { ask, DockerFixture } from "../testing/docker-fixture.ts";
import { until } from "../testing/fixture.ts";
import { ImageNotFoundError } from "./errors/image-not-found-error.ts";
import { PortTakenError } from "./errors/port-taken-error.ts";

describe("nodes that are Docker containers", { skip: noDocker }, () => {
  let fixture: DockerFixture;
  before(async () => {
    fixture = await DockerFixture.start();
  });
  after(() => fixture[Symbol.asyncDispose]());
  afterEach(async () => assert.deepEqual(await fixture.remains(), [], "something was left behind"));

  test("run on loopback, and are found by name until they are terminated", async () => {
    const provider = fixture.provider();
    assert.equal(provider.capabilities.deploymentType, "CONTAINER");
    assert.equal(provider.holdNode, undefined);
    const spec = fixture.spec({ COLOUR: "green" });
    const node = await provider.createNode({ ...spec, idleTimeoutSeconds: 60, maxLifetimeSeconds: 600 });
    assert.equal(node.id, spec.name);
    assert.equal(node.status, "running");
    assert.match(node.baseUrl ?? "", /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual(node.portMap, { http: Number(new URL(node.baseUrl ?? "").port) });
    assert.match(node.imageDigest ?? "", /^sha256:[0-9a-f]{64}$/);
    assert.equal(node.env?.COLOUR, "green");
    assert.equal(node.env?.CONDUIT_IDLE_TIMEOUT_SECONDS, "60");
    assert.equal(node.env?.CONDUIT_MAX_LIFETIME_SECONDS, "600");
    assert.ok(Math.abs((node.createdAtMs ?? 0) - Date.now()) < 60_000);
    await ask(node);

    const other = fixture.provider();
    assert.deepEqual(await other.getNode(node.id), node);
    assert.deepEqual(await other.listNodes(node.name.slice(0, -1)), [node]);
    assert.deepEqual(await other.listNodes("conduit-other"), []);
    assert.equal(await other.getNode("conduit-other"), undefined);
    await other.terminateNode(node.id);
    assert.equal(await provider.getNode(node.id), undefined);
    await provider.terminateNode(node.id);
  });

  test("have no rights that they do not need, and their secrets nowhere but in a file of their own", async () => {
    const provider = fixture.provider();
    const node = await provider.createNode(fixture.spec());
    const { uid, gid, capabilities, noNewPrivileges, key, env } = await ask(node);
    assert.deepEqual(
      [uid, gid],
      process.getuid?.() === 0 ? [65_534, 65_534] : [process.getuid?.(), process.getgid?.()],
    );
    assert.equal(capabilities, "0000000000000000");
    assert.equal(noNewPrivileges, "1");
    assert.equal(key, "key of the tests");
    assert.doesNotMatch(JSON.stringify(env), /key of the tests/);
    const inspection = await fixture.daemon.client.getContainer(node.name).inspect();
    assert.doesNotMatch(JSON.stringify([inspection, node]), /key of the tests/);
    assert.deepEqual(inspection.HostConfig.RestartPolicy?.Name, "no");
    const paths = ["/", "/run/conduit/secrets", "/tmp", "/var/cache/huggingface"];
    const written = await ask(node, `/write?${paths.map((path) => `path=${path}`).join("&")}`);
    assert.deepEqual(written.paths, process.getuid?.() === 0 ? ["/tmp"] : ["/tmp", "/var/cache/huggingface"]);
    const readKey = () => fixture.provider().readSecret?.(node.id, "SERVER_KEY");
    assert.equal(await readKey(), "key of the tests");
    await provider.stopNode(node.id);
    assert.equal(await readKey(), "key of the tests");
    assert.equal(await provider.readSecret?.(node.id, "ABSENT"), undefined);
    assert.equal(await provider.readSecret?.("conduit-other", "SERVER_KEY"), undefined);
    await provider.terminateNode(node.id);
  });

  test("that do not read files get their secrets in the environment", async () => {
    const provider = fixture.provider();
    const spec = fixture.spec();
    const workload = { ...spec.workload, readsSecretFiles: false };
    const node = await provider.createNode({ ...spec, workload });
    assert.equal((await ask(node)).key, "key of the tests");
    await provider.terminateNode(node.id);
  });

  test("keep what they fetch in the cache of this machine, or to themselves", async () => {
    const cache = join(fixture.cacheFolder || "", "new");
    const shared = fixture.provider({ huggingFaceCache: cache });
    const first = await shared.createNode(fixture.spec());
    assert.equal(first.env?.HF_HOME, "/var/cache/huggingface");
    assert.deepEqual((await ask(first, "/write?path=/var/cache/huggingface")).paths, [
      "/var/cache/huggingface",
    ]);
    assert.ok((await stat(join(cache, "written"))).isFile());

    const own = fixture.provider({ huggingFaceCache: false });
    const second = await own.createNode(fixture.spec());
    const folder = second.env?.HF_HOME ?? "";
    assert.deepEqual((await ask(second, `/write?path=${folder}`)).paths, [folder]);
    await shared.terminateNode(first.id);
    await shared.terminateNode(second.id);
  });

  test("stop and start again, with the same secrets, on a port of their own", async () => {
    const provider = fixture.provider();
    const { id } = await provider.createNode(fixture.spec());
    await ask(await provider.getNode(id));
    await provider.startNode(id);
    await provider.stopNode(id);
    await provider.stopNode(id);
    const stopped = await provider.getNode(id);
    assert.equal(stopped?.status, "stopped");
    assert.equal(stopped?.baseUrl, undefined);
    await provider.startNode(id);
    const started = await provider.getNode(id);
    assert.equal(started?.status, "running");
    assert.equal((await ask(started)).key, "key of the tests");
    await provider.terminateNode(id);
    await assert.rejects(
      provider.startNode(id),
      /expected a node conduit-tests-\d+ at unix:.* there is none/,
    );
    await assert.rejects(provider.stopNode(id), /there is none/);
  });

  test("that do not end by themselves are stopped by force, which is no failure", async () => {
    const provider = fixture.provider();
    const { id } = await provider.createNode(fixture.spec({ SERVER_STUBBORN: "1" }));
    await ask(await provider.getNode(id));
    await provider.stopNode(id);
    assert.equal((await provider.getNode(id))?.status, "stopped");
    // What ends the next run is another matter.
    await provider.startNode(id);
    await fixture.daemon.client.getContainer(id).kill();
    assert.equal((await provider.getNode(id))?.status, "failed");
    await provider.terminateNode(id);
  });

  test("that pause are stopped, and go on when started", async () => {
    const provider = fixture.provider();
    const { id } = await provider.createNode(fixture.spec());
    const container = fixture.daemon.client.getContainer(id);
    await container.pause();
    assert.equal((await provider.getNode(id))?.status, "stopped");
    await provider.startNode(id);
    assert.equal((await provider.getNode(id))?.status, "running");
    await container.pause();
    await provider.stopNode(id);
    assert.equal((await container.inspect()).State.Status, "exited");
    await provider.terminateNode(id);
  });

  async function untilEnded(provider: ReturnType<DockerFixture["provider"]>, id: string) {
    let node: ProviderNode | undefined;
    await until(`node ${id} to end`, async () => {
      node = await provider.getNode(id);
      return node?.status !== "running";
    });
    return node;
  }

  test("that end in order are stopped, others failed, with the end of their log", async () => {
    const provider = fixture.provider();
    const orderly = await provider.createNode(fixture.spec());
    await ask(orderly, "/exit?code=0");
    const ended = await untilEnded(provider, orderly.id);
    assert.equal(ended?.status, "stopped");
    assert.equal(ended?.failure, undefined);

    const failing = await provider.createNode(fixture.spec({ SERVER_EXIT_CODE: "3" }));
    const failed = await untilEnded(provider, failing.id);
    assert.equal(failed?.status, "failed");
    assert.match(failed?.failure ?? "", /exit code 3\); the end of its log:\nout of luck$/);

    const killed = await provider.createNode(fixture.spec());
    await ask(killed);
    await fixture.daemon.client.getContainer(killed.id).kill();
    assert.match((await untilEnded(provider, killed.id))?.failure ?? "", /exit code 137.*\nlistening$/s);
    for (const { id } of [orderly, failing, killed]) await provider.terminateNode(id);
  });

  test("that run out of memory say so", async () => {
    const provider = fixture.provider();
    const node = await provider.createNode(fixture.spec());
    await ask(node);
    const limit = 256 * 2 ** 20;
    await fixture.daemon.client.getContainer(node.id).update({ Memory: limit, MemorySwap: limit });
    await fetch(`${node.baseUrl}/fill?mib=512`).catch(() => {});
    assert.match((await untilEnded(provider, node.id))?.failure ?? "", /ran out of memory/);
    await provider.terminateNode(node.id);
  });

  test("log lines of both outputs, from the start, from the end, and as they come", async () => {
    const provider = fixture.provider();
    const node = await provider.createNode(fixture.spec());
    await ask(node);
    const followed = Array.fromAsync(provider.logs(node.id, { follow: true }));
    await ask(node, "/log");
    const lines = ["listening", "one line", "half of another line"];
    const logged = async () => (await Array.fromAsync(provider.logs(node.id))).length === lines.length;
    await until("the lines in the log", logged);
    assert.deepEqual(await Array.fromAsync(provider.logs(node.id)), lines);
    assert.equal((await Array.fromAsync(provider.logs(node.id, { tailLines: 1 }))).length, 1);
    for await (const line of provider.logs(node.id, { follow: true })) {
      assert.equal(line, "listening");
      break;
    }
    const controller = new AbortController();
    const cancelled = Array.fromAsync(provider.logs(node.id, { follow: true, signal: controller.signal }));
    setTimeout(() => controller.abort(new Error("enough")), 200);
    await assert.rejects(cancelled, /enough/);
    await provider.terminateNode(node.id);
    assert.deepEqual(await followed, lines);
    assert.deepEqual(await Array.fromAsync(provider.logs(node.id)), []);
  });

  test("that somebody removes are gone, and the next one takes what is left of them away", async () => {
    const provider = fixture.provider();
    const { id } = await provider.createNode(fixture.spec());
    await fixture.daemon.client.getContainer(id).remove({ force: true });
    assert.equal(await provider.getNode(id), undefined);
    assert.deepEqual(await provider.listNodes("conduit-"), []);
    assert.equal((await fixture.remains()).length, 1, "the volume with the secret");
    const next = await provider.createNode(fixture.spec());
    assert.equal((await fixture.remains()).length, 2);
    await provider.terminateNode(next.id);
  });

  test("have names that are used once, and leave those of others alone", async () => {
    const provider = fixture.provider();
    const spec = fixture.spec();
    const node = await provider.createNode(spec);
    await assert.rejects(fixture.provider().createNode(spec), /give every attempt a new name/);
    assert.equal((await provider.getNode(node.id))?.status, "running");
    await provider.terminateNode(node.id);

    const { client } = fixture.daemon;
    const foreign = await client.createContainer({ name: "foreign", Image: spec.workload.image });
    await client.createVolume({ Name: "foreign-volume" });
    for (const name of ["foreign", "foreign-volume"]) {
      assert.equal(await provider.getNode(name), undefined);
      await assert.rejects(provider.createNode({ ...spec, name }), /give every attempt a new name/);
      await provider.terminateNode(name);
    }
    assert.deepEqual(await fixture.remains(), ["/foreign", "foreign-volume"]);
    await foreign.remove();
    await client.getVolume("foreign-volume").remove();
    await assert.rejects(provider.createNode({ ...spec, name: "No Name" }), /expected a node's name/);
  });

  test("come and go in numbers, also when several terminate them", async () => {
    const providers = [fixture.provider(), fixture.provider()] as const;
    const nodes = await Promise.all(Array.from({ length: 5 }, () => providers[0].createNode(fixture.spec())));
    assert.equal((await providers[1].listNodes("conduit-tests-")).length, 5);
    const ports = new Set(nodes.map(({ baseUrl }) => baseUrl));
    assert.equal(ports.size, 5);
    await Promise.all(nodes.flatMap(({ id }) => providers.map((provider) => provider.terminateNode(id))));
    assert.deepEqual(await providers[0].listNodes(""), []);
  });

  test("whose ports are taken fail, and leave nothing", async () => {
    const first = await fixture.provider().createNode(fixture.spec());
    const taken = first.portMap?.http ?? 0;
    const provider = fixture.provider({ publishPorts: { http: taken } });
    await assert.rejects(provider.createNode(fixture.spec()), (error) => {
      assert(PortTakenError.isInstance(error), String(error));
      assert.equal(error.outcome, "none");
      return true;
    });
    await provider.terminateNode(first.id);
    const second = await provider.createNode(fixture.spec());
    assert.deepEqual(second.portMap, { http: taken });
    await provider.terminateNode(second.id);
  });

  test("whose image is nowhere fail, and leave nothing", async () => {
    const provider = fixture.provider();
    for (const image of ["127.0.0.1:1/nothing:1", "conduit-tests/server:2"]) {
      const spec = fixture.spec();
      await assert.rejects(
        provider.createNode({ ...spec, workload: { ...spec.workload, image } }),
        (error) => {
          assert(ProviderError.isInstance(error), String(error));
          assert.equal(error.outcome, "none");
          if (image.startsWith("conduit")) assert(ImageNotFoundError.isInstance(error), String(error));
          return true;
        },
      );
    }
    assert.deepEqual(await provider.listNodes(""), []);
  });

  test("that were not wanted any more leave nothing", async () => {
    const provider = fixture.provider();
    for (const afterMs of [0, 20, 100, 300]) {
      const signal = AbortSignal.timeout(afterMs);
      const created = provider.createNode(fixture.spec(), { signal });
      const node = await created.catch((error) => assert.equal(error, signal.reason));
      if (node !== undefined) await provider.terminateNode(node.id);
    }
  });
});
