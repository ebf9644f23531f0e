import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConsumerProject, conduitPackages } from "./support/consumer-project.ts";
import { required } from "./support/engine.ts";
import { importsOf, readmeExamples } from "./support/readme-example.ts";
import { RentedEngines } from "./support/rented-engines.ts";

describe("@conduit/provider-runpod, installed from its tarball in an empty project, with RunPod's stand-in", () => {
  const [listing = "", deploying = ""] = readmeExamples("provider-runpod");

  async function runExample(example: string, rented: RentedEngines): Promise<string> {
    using project = new ConsumerProject(["provider-runpod", ...conduitPackages(importsOf(example))]);
    project.write("example.ts", example);
    const { exitCode, output } = await project.runServed(process.execPath, ["example.ts"], rented.env);
    assert.equal(exitCode, 0, output);
    assert.deepEqual(rented.server.world.living(), []);
    assert.deepEqual(rented.server.world.violations(), []);
    return output;
  }

  test("lists what is offered, as its README does", async () => {
    await using rented = await RentedEngines.start();
    assert.match(await runExample(listing, rented), /^1x NVIDIA L4 SECURE \$0\.\d{4} an hour\n/);
  });

  test("runs a model, as its README does, and deletes its pod", async () => {
    await using rented = await RentedEngines.start({
      cachedModels: { "Qwen/Qwen3-8B": required("RANDOM_MODEL") },
      secrets: { hf_token: "hf_secret" },
    });
    await runExample(deploying, rented);
    const [log = "", ...others] = rented.logs();
    assert.match(log, /\banswered\b/);
    assert.deepEqual(others, []);
  });
});
