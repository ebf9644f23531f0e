import { run } from "../lib/child-process.mjs";
import { buildEngine, cargo } from "../lib/engine.ts";
import { installNvcc } from "../lib/nvcc.ts";
import { buildPackages } from "../lib/packages.ts";
import { repository } from "../lib/paths.mjs";
import type { Step } from "../lib/steps.ts";
import { installTokenizers } from "../lib/tokenizers.ts";
import { checkCrateFloors } from "./crate-floors.ts";
import { runNodeTests } from "./node-tests.ts";
import { checkPackedPackages } from "./packed-packages.ts";
import { testSanitizedKernels } from "./sanitized-kernels.ts";

/** What needs neither a build nor the engine and is over within seconds. */
export const lintSteps: readonly Step[] = [
  tool("format and lint (biome)", "biome", ["check", "--error-on-warnings", "."]),
  tool("types (tsc)", "tsc", ["--project", "tsconfig.json"]),
  tool("floors and circles (dependency-cruiser)", "depcruise", [
    "packages",
    "examples",
    "bench",
    "tests",
    "scripts",
  ]),
  tool("nothing unused (knip)", "knip", ["--no-config-hints"]),
  { name: "floors of the crates", run: checkCrateFloors },
  { name: "format (cargo fmt)", run: cargoStep(["fmt", "--all", "--check"]) },
];

/** Everything that `npm test` does; `full` adds the long harnesses. */
export function testSteps({ full }: { full: boolean }): readonly Step[] {
  return [
    ...lintSteps,
    { name: "packages (tsup, tsc)", run: buildPackages },
    {
      name: "packages as published (publint, attw)",
      needs: ["packages (tsup, tsc)"],
      run: checkPackedPackages,
    },
    { name: "CUDA's compiler (nvcc)", run: installNvcc },
    { name: "engine (cargo build)", needs: ["CUDA's compiler (nvcc)"], run: buildEngine },
    {
      name: "lint (clippy)",
      run: cargoStep(["clippy", "--release", "--workspace", "--all-targets", "--", "--deny", "warnings"]),
    },
    ...(full ? [{ name: "tokenizers of more families (npm)", run: installTokenizers }] : []),
    { name: "Rust tests (cargo test)", run: cargoStep(["test", "--release", "--workspace"]) },
    ...(full ? [{ name: "CUDA kernels (AddressSanitizer)", run: testSanitizedKernels }] : []),
    {
      name: "TypeScript tests (node:test)",
      needs: ["packages (tsup, tsc)", "engine (cargo build)"],
      run: () => runNodeTests({ full }),
    },
  ];
}

function tool(name: string, command: string, args: readonly string[]): Step {
  return { name, run: async () => (await run(command, args, { cwd: repository })).exitCode };
}

function cargoStep(args: readonly string[]): Step["run"] {
  return async () => (await cargo(args)).exitCode;
}
