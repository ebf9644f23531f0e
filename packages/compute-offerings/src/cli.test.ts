import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { USAGE } from "./cli/usage.ts";
import { denseConfig } from "./testing/arbitraries.ts";
import { CommandFolder } from "./testing/command.ts";

/** No JSON. */
const BROKEN = "[";

const folder = new CommandFolder({
  "models/eight/config.json": JSON.stringify(denseConfig(44, 4096, 8)),
  "models/small/config.json": JSON.stringify(denseConfig(24, 2048, 8)),
  "gpus.json": JSON.stringify([
    { gpu: "NVIDIA L4", dollarsPerHour: 0.39 },
    { gpu: "A40", dollarsPerHour: 0.4, region: "EU-RO-1" },
    { gpu: "A40", gpuCount: 2, dollarsPerHour: 0.8 },
    { gpu: "Tesla V100-SXM2-32GB", dollarsPerHour: 0.19 },
    { gpu: "Tesla V100-SXM2-32GB", dollarsPerHour: 0.2 },
  ]),
  "wrapped.json": `\uFEFF${JSON.stringify({ offerings: [{ id: "one", gpu: "L40S", priceMicroDollarsPerHour: 860_000 }] })}`,
  "wrong.json": JSON.stringify([{ gpu: "L4", dollarsPerHour: "cheap" }]),
  "number.json": "3",
  "broken.json": BROKEN,
  "item.json": "[3]",
});
after(() => folder[Symbol.dispose]());

const plan = (...args: readonly string[]) => folder.run("plan", ...args);

describe("the command compute-offerings plan", () => {
  test("prints the plan, what else would do, and why the rest would not", () => {
    const lengths = ["--max-len", "8192", "--concurrency", "8"];
    const { exitCode, stdout, stderr } = plan("models/eight", ...lengths, "--gpus", "gpus.json");
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
    assert.equal(
      stdout,
      `1 x A40 at $0.40/h (RUNPOD, #2, EU-RO-1, on demand)

memory per GPU  copies  GPUs each   weights  KV cache  activations  overhead
eight                1          1  15.6 GiB  11.0 GiB       27 MiB   136 MiB

device      used        of      free  models
     0  26.8 GiB  45.0 GiB  18.2 GiB  eight

at most  tokens/s  per sequence  first token  of a prompt of  bound by
eight         248          31.1       444 ms            4096  bandwidth

At least $0.447 per million tokens of answers, every sequence busy.

Alternatives

   machines    price  per M tokens  tokens/s      free  offering
2  2 x A40   $0.80/h        $0.452       491  31.5 GiB  #3

Turned down

machine                   why                                                                    offering
1 x NVIDIA L4             expected 26.8 GiB on one device for eight, found 1 x 22.5 GiB          #1
1 x Tesla V100-SXM2-32GB  expected a device on which LM Lite runs bfloat16 (eight), found VOLTA  2 offerings
`,
    );
  });

  test("plans several models, each with its own lengths", () => {
    const lengths = ["--max-len", "8192", "--max-len", "1024", "--concurrency", "4"];
    const args = ["models/eight", "models/small/config.json", ...lengths, "--gpus", "gpus.json", "--json"];
    const { exitCode, stdout, stderr } = plan(...args);
    assert.equal(exitCode, 0, stderr);
    const selection = JSON.parse(stdout);
    assert.deepEqual(
      selection.plan.placements.map(({ id }: { id: string }) => id),
      ["eight", "small"],
    );
    assert.equal(selection.plan.priceMicroDollarsPerHour, 400_000);
    assert.deepEqual(
      selection.rejected.map(({ reasons }: { reasons: { code: string }[] }) =>
        reasons.map(({ code }) => code),
      ),
      [["DTYPE"], ["DTYPE"]],
    );
  });

  test("takes constraints, objectives and other runtimes", () => {
    const rest = ["--region", "EU-RO-1", "--on-demand", "--max-price", "0.5", "--objective", "fastest"];
    const { exitCode, stdout, stderr } = plan(
      "models/small",
      ...rest,
      "--runtime",
      "vllm@0.19.0",
      "--gpus",
      "gpus.json",
    );
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^1 x A40 at \$0\.40\/h \(RUNPOD, #2, EU-RO-1, on demand\)/);
    assert.match(stdout, /expected the region EU-RO-1, found nothing stated/);
  });

  test("takes the constraints on architectures, NUMA nodes and availability", () => {
    const rest = ["--architecture", "ampere", "--architecture", "VOLTA", "--numa-local", "--max-available"];
    const { exitCode, stderr } = plan("models/small", ...rest, "--gpus", "gpus.json");
    assert.equal(exitCode, 1);
    assert.match(stderr, /found none of 5 \(AVAILABILITY 3, DTYPE 2, ARCHITECTURE 1\)/);
    assert.match(stderr, /expected the 1 that the plan takes to be had now, found nothing stated/);
  });

  test("takes offerings as providers give them, also after a byte order mark", () => {
    const { exitCode, stdout, stderr } = plan("models/small", "--gpus", "wrapped.json");
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^1 x L40S at \$0\.86\/h \(RUNPOD, one, on demand\)/);
  });

  test("tells ways out where nothing fits, and exits with 1", () => {
    const lengths = ["--max-len", "32768", "--concurrency", "16"];
    const { exitCode, stdout, stderr } = plan("models/eight", ...lengths, "--gpus", "gpus.json");
    assert.equal(exitCode, 1);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^Expected \d+\.\d GiB for eight .* are missing\.\n {2}with maxModelLen 16384 it fits 2 x A40 at \$0\.80\/h\n/,
    );
  });

  const failures: Readonly<
    Record<string, readonly [args: readonly string[], exitCode: number, stderr: string]>
  > = {
    "no model": [
      ["plan", "--gpus", "gpus.json"],
      2,
      `Expected a model folder or id, found none.\n\n${USAGE}`,
    ],
    "no offerings": [
      ["plan", "models/small"],
      2,
      `Expected --gpus with a file of offerings, found none.\n\n${USAGE}`,
    ],
    "another command": [["buy"], 2, `Expected the command plan, found buy.\n\n${USAGE}`],
    "an unknown objective": [
      ["plan", "models/small", "--gpus", "gpus.json", "--objective", "best"],
      2,
      `Expected --objective to be one of cheapest, cheapest-per-vram, cheapest-per-token, fastest, found best.\n\n${USAGE}`,
    ],
    "an unknown architecture": [
      ["plan", "models/small", "--gpus", "gpus.json", "--architecture", "AMPER"],
      2,
      `Expected --architecture to be one of VOLTA, TURING, AMPERE, ADA, HOPPER, BLACKWELL, CDNA3, found AMPER.\n\n${USAGE}`,
    ],
    "an unknown runtime": [
      ["plan", "models/small", "--gpus", "gpus.json", "--runtime", "vllm"],
      2,
      `Expected --runtime to be lm-lite or a version of vLLM such as vllm@0.19.0, found vllm.\n\n${USAGE}`,
    ],
    "a length that is no number": [
      ["plan", "models/small", "--gpus", "gpus.json", "--max-len", "8k"],
      2,
      `Expected --max-len to be a number, found 8k.\n\n${USAGE}`,
    ],
    "too many lengths": [
      ["plan", "models/small", "--gpus", "gpus.json", "--max-len", "1", "--max-len", "2"],
      2,
      `Expected --max-len once, or once for each of 1 models, found 2.\n\n${USAGE}`,
    ],
    "both kinds of machine": [
      ["plan", "models/small", "--gpus", "gpus.json", "--spot", "--on-demand"],
      2,
      `Expected --spot or --on-demand, found both.\n\n${USAGE}`,
    ],
    "an offering that is none": [
      ["plan", "models/small", "--gpus", "wrong.json"],
      1,
      "Expected offering 1 of wrong.json to be one, found: must have required properties priceMicroDollarsPerHour.\n",
    ],
    "no list": [
      ["plan", "models/small", "--gpus", "number.json"],
      1,
      "Expected a list of offerings in number.json, or an object with offerings.\n",
    ],
    "an offering that is no object": [
      ["plan", "models/small", "--gpus", "item.json"],
      1,
      "Expected offering 1 of item.json to be an object, found 3.\n",
    ],
    "no file": [
      ["plan", "models/small", "--gpus", "absent.json"],
      1,
      "Expected a file of offerings to read, found: ENOENT: no such file or directory, open 'absent.json'.\n",
    ],
  };
  for (const [name, [args, exitCode, stderr]] of Object.entries(failures)) {
    test(`refuses ${name}`, () => {
      assert.deepEqual(folder.run(...args), { exitCode, stdout: "", stderr });
    });
  }

  test("refuses text that is no JSON", () => {
    const { exitCode, stderr } = plan("models/small", "--gpus", "broken.json");
    assert.equal(exitCode, 1);
    // What is wrong with it is in the words of the JavaScript engine.
    assert.throws(() => JSON.parse(BROKEN), {
      message: stderr.replace(/^Expected JSON in broken\.json, found: (.+)\.\n$/, "$1"),
    });
  });

  test("takes what is no folder for an id on the Hub, and reads it from the cache alone when told so", () => {
    const { exitCode, stderr } = plan("nobody/nothing", "--offline", "--gpus", "gpus.json");
    assert.equal(exitCode, 1);
    assert.match(stderr, /nobody\/nothing/);
  });

  test("prints its usage and its version", () => {
    assert.deepEqual(folder.run("--help"), { exitCode: 0, stdout: USAGE, stderr: "" });
    assert.match(folder.run("--version").stdout, /^\d+\.\d+\.\d+\n$/);
  });
});
