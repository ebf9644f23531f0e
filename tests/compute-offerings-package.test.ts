import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipBytes, resultInBrowser } from "./support/browser-bundle.ts";
import { ConsumerProject } from "./support/consumer-project.ts";

/**
 * Most bytes that the library may take in a browser, minified and compressed, TypeBox and the entry points of the Hub and of sources not
 * counted.
 */
const MAX_GZIP_BYTES = 25_600;

const CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 4096,
  intermediate_size: 14_336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128_256,
  max_position_embeddings: 8192,
  torch_dtype: "bfloat16",
};

const PROGRAM = `
  import { InsufficientVramError, resolveGpu, selectOffering } from "@conduit/compute-offerings";
  const offering = { id: "a", provider: "RUNPOD", gpu: "NVIDIA L4", gpuCount: 1, priceMicroDollarsPerHour: 390000, spot: false };
  const workload = (maxModelLen) => ({
    models: [{ id: "llama", config: ${JSON.stringify(CONFIG)}, maxModelLen, maxModelConcurrency: 4 }],
  });
  let kinds;
  try {
    selectOffering({ workload: workload(8192), offerings: [offering], constraints: { singleDevice: true } });
    selectOffering({ workload: { ...workload(8192), replicas: 1, models: workload(8192).models.map((model) => ({ ...model, maxModelConcurrency: 8 })) }, offerings: [offering] });
  } catch (error) {
    if (InsufficientVramError.isInstance(error)) kinds = error.waysOut.map(({ kind }) => kind);
  }
  const { plan } = selectOffering({ workload: workload(1024), offerings: [offering] });
  globalThis.result = JSON.stringify({ gpu: resolveGpu(plan.offering.gpu), price: plan.priceMicroDollarsPerHour, kinds });
`;

/** What the library gives to `PROGRAM`, wherever it runs. */
const RESULT = {
  gpu: "L4",
  price: 390_000,
  kinds: ["context", "concurrency", "gpu-count", "gpu"],
};

describe("@conduit/compute-offerings, installed from its tarball", () => {
  let project: ConsumerProject;
  before(() => {
    project = new ConsumerProject(["compute-offerings"]);
    mkdirSync(join(project.folder, "llama"));
    project.write(join("llama", "config.json"), JSON.stringify(CONFIG));
    project.write("gpus.json", JSON.stringify([{ gpu: "L4", dollarsPerHour: 0.39 }]));
    project.write("program.js", PROGRAM);
  });
  after(() => project[Symbol.dispose]());

  test(`takes at most ${MAX_GZIP_BYTES} bytes in a browser, compressed`, async () => {
    const bytes = await gzipBytes(project.folder, "@conduit/compute-offerings");
    assert.ok(bytes > 1000 && bytes <= MAX_GZIP_BYTES, `${bytes} bytes`);
  });

  test("runs where there is nothing of Node", async () => {
    assert.deepEqual(JSON.parse(await resultInBrowser(project.folder, PROGRAM)), RESULT);
  });

  test("runs under the conditions of a browser", () => {
    project.write("printing.js", 'await import("./program.js");\nconsole.log(globalThis.result);');
    const { exitCode, output } = project.run(process.execPath, ["--conditions=browser", "printing.js"]);
    assert.equal(exitCode, 0, output);
    assert.deepEqual(JSON.parse(output), RESULT);
  });

  test("reads folders through the entry point of its own", () => {
    project.write(
      "folder.js",
      `import { estimateVram } from "@conduit/compute-offerings";
       import { readModelFolder } from "@conduit/compute-offerings/hub";
       const { config } = await readModelFolder("llama");
       console.log(estimateVram(config, { maxModelLen: 1024, maxModelConcurrency: 1 }).parameters);`,
    );
    const { exitCode, output } = project.run(process.execPath, ["folder.js"]);
    assert.equal(exitCode, 0, output);
    assert.equal(output, "8030261248\n");
  });

  test("is a command for npx", () => {
    const { exitCode, output } = project.run("npx", [
      "--no-install",
      "@conduit/compute-offerings",
      "plan",
      "llama",
      ...["--max-len", "1024", "--gpus", "gpus.json"],
    ]);
    assert.equal(exitCode, 0, output);
    assert.match(
      output,
      /^1 x L4 at \$0\.39\/h \(RUNPOD, #1, on demand\)\n\nmemory per GPU .* overhead\nllama /m,
    );
  });
});
