import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ProviderNode } from "@conduit/types";
import { DockerDaemon, noDocker } from "../testing/docker-daemon.ts";
import { DockerFixture } from "../testing/docker-fixture.ts";
import { until } from "../testing/fixture.ts";
import { ImageRegistry } from "../testing/image-registry.ts";
import { ImageNotFoundError } from "./errors/image-not-found-error.ts";

const creatorProgram = fileURLToPath(new URL("../testing/docker-creator.ts", import.meta.url));

describe("a node whose image has to be pulled", { skip: noDocker }, () => {
  let daemon: DockerDaemon;
  before(async () => {
    daemon = await DockerDaemon.start();
  });
  after(() => daemon[Symbol.asyncDispose]());

  /** A registry of its own, so that every test pulls. */
  async function withRegistry(
    body: (registry: ImageRegistry, fixture: DockerFixture) => Promise<void>,
  ): Promise<void> {
    await using registry = await ImageRegistry.start();
    const fixture = new DockerFixture(daemon, false);
    try {
      await body(registry, fixture);
      await until("nothing to be left", async () => (await fixture.remains()).length === 0);
    } finally {
      // What one test leaves behind is no matter of the next.
      const provider = fixture.provider();
      for (const { id } of await provider.listNodes("")) await provider.terminateNode(id);
    }
  }

  const specOf = (fixture: DockerFixture, { image }: ImageRegistry) => {
    const spec = fixture.spec();
    return { ...spec, workload: { ...spec.workload, image } };
  };

  async function startCreator(name: string, { image }: ImageRegistry) {
    const creator = spawn(
      process.execPath,
      ["--conditions=@conduit/source", creatorProgram, daemon.host, name, image],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const ended = once(creator, "exit");
    const [status] = await Promise.race([once(creator.stdout, "data"), ended]);
    assert.equal(String(status), "creating\n");
    return {
      get exitCode() {
        return creator.exitCode;
      },
      kill: async () => {
        creator.kill("SIGKILL");
        await ended;
      },
      [Symbol.dispose]: () => void creator.kill("SIGKILL"),
    };
  }

  /** What has happened to the container of a node, in Docker's words. */
  async function eventsOf(name: string): Promise<readonly string[]> {
    const events = await daemon.client.getEvents({
      since: 0,
      until: Math.floor(Date.now() / 1000),
      filters: { type: ["container"], label: [`conduit.node=${name}`] },
    });
    return [...(await text(events)).matchAll(/"Action":"([^"]+)"/g)].map(([, action = ""]) => action);
  }

  async function untilNode(
    provider: ReturnType<DockerFixture["provider"]>,
    id: string,
    status: ProviderNode["status"],
  ) {
    let node: ProviderNode | undefined;
    await until(`node ${id} to be ${status}`, async () => {
      node = await provider.getNode(id);
      return node?.status === status;
    });
    return node;
  }

  test("is there at once for everybody, tells how far it is, and runs then", () =>
    withRegistry(async (registry, fixture) => {
      const [provider, other] = [fixture.provider(), fixture.provider()];
      const { id, status, progress } = await provider.createNode(specOf(fixture, registry));
      assert.equal(status, "creating");
      assert.match(progress ?? "", /^pulling image/);
      await until("a share of the image", async () =>
        /^pulling image \d+ % \(\d of 9 MB\)$/.test((await provider.getNode(id))?.progress ?? ""),
      );
      const seen = await other.getNode(id);
      assert.equal(seen?.status, "creating");
      assert.match(seen.progress ?? "", /^pulling image \d+ %/);
      const listed = (await other.listNodes(id)).map(({ name, status }) => [name, status]);
      assert.deepEqual(listed, [[id, "creating"]]);
      await assert.rejects(other.startNode(id), /no container|none yet/);
      await assert.rejects(other.stopNode(id), /none yet/);

      registry.finish();
      const node = await untilNode(provider, id, "running");
      assert.equal(node?.progress, undefined);
      assert.equal(node?.imageDigest, registry.digest);
      assert.deepEqual(await other.getNode(id), node);
      await provider.terminateNode(id);
    }));

  test("is gone for good when it is terminated meanwhile, by whomever", () =>
    withRegistry(async (registry, fixture) => {
      const [provider, other] = [fixture.provider(), fixture.provider()];
      const { id } = await provider.createNode(specOf(fixture, registry));
      await other.terminateNode(id);
      assert.equal(await provider.getNode(id), undefined);

      const name = "conduit-tests-of-another-process";
      using creator = await startCreator(name, registry);
      await provider.terminateNode(name);
      assert.equal(await provider.getNode(name), undefined);
      registry.finish();
      // The image comes, and its creator finds that nobody wants the node any more.
      await until("the container to come and go", async () => (await eventsOf(name)).includes("destroy"));
      assert.deepEqual(
        (await eventsOf(name)).filter((event) => event === "start"),
        [],
      );
      assert.equal(creator.exitCode, null);
    }));

  test("fails for everybody to see when the pull fails", () =>
    withRegistry(async (registry, fixture) => {
      const [provider, other] = [fixture.provider(), fixture.provider()];
      const { id } = await provider.createNode(specOf(fixture, registry));
      registry.finish("damaged");
      const node = await untilNode(other, id, "failed");
      assert.match(node?.failure ?? "", /expected Docker to pull the image .*sleeper:1, but: .*verif/);
      assert.equal((await provider.getNode(id))?.failure, node?.failure);
      assert.equal((await other.listNodes("conduit-")).length, 1);
      await other.terminateNode(id);
    }));

  test("fails when the pull takes too long", () =>
    withRegistry(async (registry, fixture) => {
      const provider = fixture.provider({ pullTimeoutSeconds: 0.5 });
      const { id } = await provider.createNode(specOf(fixture, registry));
      const node = await untilNode(provider, id, "failed");
      assert.match(node?.failure ?? "", /expected the pull of .* to take 0.5 s at most/);
      await provider.terminateNode(id);
    }));

  test("fails, and runs never, when its creator is killed meanwhile", () =>
    withRegistry(async (registry, fixture) => {
      const name = "conduit-tests-killed";
      using creator = await startCreator(name, registry);
      const provider = fixture.provider();
      const seen = await provider.getNode(name);
      assert.deepEqual([seen?.status, seen?.progress], ["creating", "pulling image"]);
      await creator.kill();
      const node = await untilNode(provider, name, "failed");
      assert.match(node?.failure ?? "", /whoever created the node has ended/);
      assert.deepEqual(await provider.listNodes(name), [node]);
      registry.finish();
      await provider.terminateNode(name);
      assert.equal(await provider.getNode(name), undefined);
    }));

  test("is none where its registry does not have it", () =>
    withRegistry(async (registry, fixture) => {
      const spec = specOf(fixture, registry);
      const image = registry.image.replace(/1$/, "2");
      const provider = fixture.provider();
      await assert.rejects(
        provider.createNode({ ...spec, workload: { ...spec.workload, image } }),
        (error) => {
          assert(ImageNotFoundError.isInstance(error), String(error));
          assert.equal(error.image, image);
          return true;
        },
      );
      assert.equal(await provider.getNode(spec.name), undefined);
    }));

  test("can be given up before the pull has begun", () =>
    withRegistry(async (registry, fixture) => {
      const provider = fixture.provider();
      for (const afterMs of [0, 10, 30, 60, 100]) {
        const signal = AbortSignal.timeout(afterMs);
        const created = provider.createNode(specOf(fixture, registry), { signal });
        const node = await created.catch((error) => assert.equal(error, signal.reason));
        if (node !== undefined) await provider.terminateNode(node.id);
      }
    }));
});
