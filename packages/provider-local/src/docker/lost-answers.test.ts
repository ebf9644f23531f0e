import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ProviderError } from "@conduit/types";
import { CREATE_CALLS } from "../testing/create-calls.ts";
import { FAULTS } from "../testing/daemon-proxy.ts";
import { DockerDaemon, noDocker } from "../testing/docker-daemon.ts";
import { DockerFixture } from "../testing/docker-fixture.ts";
import { until } from "../testing/fixture.ts";
import { LossyDockerFixture } from "../testing/lossy-docker-fixture.ts";
import { DockerUnreachableError } from "./errors/docker-unreachable-error.ts";

describe("a Docker daemon whose answers are lost", { skip: noDocker }, () => {
  let fixture: LossyDockerFixture;
  before(async () => {
    fixture = await LossyDockerFixture.start();
  });
  after(() => fixture[Symbol.asyncDispose]());

  for (const call of CREATE_CALLS) {
    for (const fault of FAULTS) {
      test(`leaves open whether there is a node when ${call} breaks ${fault}, and it is found by its name`, async () => {
        const provider = fixture.lossyProvider();
        let lost = 0;
        fixture.proxy.faultOf = (each) => (each.startsWith(call) && lost++ === 0 ? fault : undefined);
        const spec = fixture.spec();
        await assert.rejects(provider.createNode(spec), (error) => {
          assert(ProviderError.isInstance(error), String(error));
          assert.equal(error.outcome, "maybe");
          assert.equal(error.code, "DOCKER_ANSWER_LOST");
          return true;
        });
        assert.ok(lost > 0, "the call was made");
        // What came late, nobody has started.
        await fixture.proxy.idle();
        for (const node of await provider.listNodes(spec.name)) assert.notEqual(node.status, "running");
        await provider.terminateNode(spec.name);
        assert.deepEqual(await fixture.remains(), []);
      });
    }
  }

  test("keeps what it cannot take back until it is asked again", async () => {
    const provider = fixture.lossyProvider();
    const spec = fixture.spec();
    let gone = false;
    fixture.proxy.faultOf = (call) => {
      gone ||= call.startsWith("POST /containers/conduit-tests-");
      return gone ? "before" : undefined;
    };
    await assert.rejects(provider.createNode(spec), { code: "DOCKER_ANSWER_LOST", outcome: "maybe" });
    fixture.proxy.faultOf = () => undefined;
    const [node] = await provider.listNodes(spec.name);
    assert.equal(node?.name, spec.name);
    assert.notEqual(node.status, "running");
    await provider.terminateNode(spec.name);
    assert.deepEqual(await fixture.remains(), []);
  });

  test("leaves open whether there is a node that was started, but could not be looked at", async () => {
    const provider = fixture.lossyProvider();
    const spec = fixture.spec();
    let started = false;
    fixture.proxy.faultOf = (call) => {
      if (started) return "before";
      started = call.endsWith("/start");
      return undefined;
    };
    await assert.rejects(provider.createNode(spec), { code: "DOCKER_ANSWER_LOST", outcome: "maybe" });
    fixture.proxy.faultOf = () => undefined;
    const [node] = await provider.listNodes(spec.name);
    assert.equal(node?.status, "running");
    await provider.terminateNode(spec.name);
    assert.deepEqual(await fixture.remains(), []);
  });

  for (const fault of FAULTS) {
    test(`leaves open whether a node has stopped, started, gone, when that breaks ${fault}`, async () => {
      const provider = fixture.lossyProvider();
      fixture.proxy.faultOf = () => undefined;
      const { id } = await provider.createNode(fixture.spec());
      const lose = (part: string) => {
        let lost = 0;
        fixture.proxy.faultOf = (call) => (call.includes(part) && lost++ === 0 ? fault : undefined);
      };
      const maybe = { code: "DOCKER_ANSWER_LOST", outcome: "maybe" };
      lose("/stop?");
      await assert.rejects(provider.stopNode(id), maybe);
      await provider.stopNode(id);
      assert.equal((await provider.getNode(id))?.status, "stopped");
      lose("/start");
      await assert.rejects(provider.startNode(id), maybe);
      await provider.startNode(id);
      assert.equal((await provider.getNode(id))?.status, "running");
      lose("DELETE /containers/");
      await assert.rejects(provider.terminateNode(id), maybe);
      await provider.terminateNode(id);
      assert.equal(await provider.getNode(id), undefined);
      await until("nothing to be left", async () => (await fixture.remains()).length === 0);
    });
  }

  test("is not believed when it breaks in the middle of a list", async () => {
    const provider = fixture.lossyProvider();
    fixture.proxy.faultOf = (call) => (call.startsWith("GET /containers/json") ? "after" : undefined);
    await assert.rejects(provider.listNodes("conduit-"), (error) => {
      assert(DockerUnreachableError.isInstance(error), String(error));
      assert.equal(error.outcome, "none");
      return true;
    });
  });
});

describe("Docker daemons", { skip: noDocker }, () => {
  test("that are not there are named, with what to do, and nothing was asked of them", async () => {
    const fixture = new DockerFixture(await DockerDaemon.start({ network: false }), false);
    await using daemon = fixture.daemon;
    const provider = fixture.provider();
    const scope = await provider.scope();
    await daemon.stop();
    for (const call of [
      () => provider.scope(),
      () => provider.listOfferings(),
      () => provider.createNode(fixture.spec()),
      () => provider.getNode("conduit-one"),
      () => provider.listNodes("conduit-"),
      () => provider.terminateNode("conduit-one"),
      () => Array.fromAsync(provider.logs("conduit-one")),
    ]) {
      await assert.rejects(call, (error) => {
        assert(DockerUnreachableError.isInstance(error), String(error));
        assert.deepEqual([error.endpoint, error.outcome], [daemon.host, "none"]);
        assert.match(error.message, /start Docker/);
        return true;
      });
    }
    await daemon.start();
    assert.equal(await provider.scope(), scope);
  });

  test("are scopes of their own", async () => {
    await using first = await DockerDaemon.start({ network: false });
    await using second = await DockerDaemon.start({ network: false });
    const scopes = await Promise.all(
      [first, second, first].map((daemon) => new DockerFixture(daemon, false).provider().scope()),
    );
    assert.equal(scopes[0], scopes[2]);
    assert.notEqual(scopes[0], scopes[1]);
  });
});
