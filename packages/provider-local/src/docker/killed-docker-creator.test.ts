import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CREATE_CALLS } from "../testing/create-calls.ts";
import { FAULTS } from "../testing/daemon-proxy.ts";
import { noDocker } from "../testing/docker-daemon.ts";
import { until } from "../testing/fixture.ts";
import { LossyDockerFixture } from "../testing/lossy-docker-fixture.ts";
import { SERVER_IMAGE } from "../testing/program-image.ts";

const creatorProgram = fileURLToPath(new URL("../testing/docker-creator.ts", import.meta.url));

describe("a creator that is killed", { skip: noDocker }, () => {
  let fixture: LossyDockerFixture;
  before(async () => {
    fixture = await LossyDockerFixture.start();
  });
  after(() => fixture[Symbol.asyncDispose]());

  for (const call of CREATE_CALLS) {
    for (const moment of FAULTS) {
      test(`leaves nothing that is not found when it dies while ${call} goes ${moment}`, async () => {
        const { proxy } = fixture;
        const { name } = fixture.spec();
        const creator = spawn(
          process.execPath,
          ["--conditions=@conduit/source", creatorProgram, proxy.host, name, SERVER_IMAGE],
          { stdio: ["ignore", "ignore", "inherit"] },
        );
        const ended = once(creator, "exit");
        let killed = false;
        proxy.faultOf = (each) => {
          if (killed || !each.startsWith(call)) return undefined;
          killed = true;
          creator.kill("SIGKILL");
          return moment;
        };
        await ended;
        assert.ok(killed, "the call was made");
        await proxy.idle();

        const provider = fixture.provider();
        const found = await provider.listNodes(name);
        const isLastCall = call === CREATE_CALLS.at(-1);
        for (const node of found) {
          assert.deepEqual(await provider.getNode(node.id), node);
          if (node.status === "running") assert.ok(isLastCall && moment !== "before");
          else assert.equal(node.status, "failed", JSON.stringify(node));
        }
        assert.equal(found.length, call === CREATE_CALLS[0] && moment === "before" ? 0 : 1);
        for (const { id } of found) await provider.terminateNode(id);
        await until("nothing to be left", async () => (await fixture.remains()).length === 0);
      });
    }
  }
});
