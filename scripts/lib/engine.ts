import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { run } from "./child-process.mjs";
import { cacheFolder, nativeFolder, repository } from "./paths.mjs";

/** Cargo's output is outside the clone, so that clones compile the dependencies once. */
const cargoTargetFolder = process.env.CARGO_TARGET_DIR ?? join(cacheFolder, "cargo-target");

/** Where the engine of this clone lies after a build. */
export const engineBinary = join(nativeFolder, "target", "release", "lm-lite");

/** The program that makes a model with random weights for the tests, after a build. */
export const randomModelMaker = join(nativeFolder, "target", "release", "make-random-model");

/** The program that tells which schemas the engine takes and what it accepts for them, after a build. */
export const grammarChecker = join(nativeFolder, "target", "release", "check-grammar");

/**
 * Makes cargo look at this clone's sources where another clone has built last. Cargo names what it builds by paths within the
 * workspace and goes by times, so it would take the other clone's crates for those of older files here.
 */
function claimTargetFolder(): void {
  const marker = join(cargoTargetFolder, "last-clone");
  if (existsSync(marker) && readFileSync(marker, "utf8") === repository) return;
  const now = new Date();
  const sources = ["{*,*/*}/{src,build,tests,examples}/**/*.{rs,cpp,h}", "*/kernels/**/*.{cu,cuh}"];
  for (const file of globSync(sources, { cwd: nativeFolder, exclude: ["target"] })) {
    utimesSync(join(nativeFolder, file), now, now);
  }
  mkdirSync(cargoTargetFolder, { recursive: true });
  writeFileSync(marker, repository);
}

/** Runs cargo in `native/` and resolves to its exit code and, where it is piped, its output. */
export function cargo(
  args: readonly string[],
  {
    env,
    ...options
  }: { stdout?: "inherit" | "stderr" | "pipe"; env?: Readonly<Record<string, string>> } = {},
) {
  claimTargetFolder();
  return run("cargo", args, {
    cwd: nativeFolder,
    env: { CARGO_TARGET_DIR: cargoTargetFolder, ...env },
    ...options,
  });
}

/** What `npm run bench:engine` measures the kernels and the grammars with, after its build. */
export const engineMeters = {
  batchThroughput: join(nativeFolder, "target", "release", "batch-throughput"),
  grammarSpeed: join(nativeFolder, "target", "release", "grammar-speed"),
  readBandwidth: join(nativeFolder, "target", "release", "read-bandwidth"),
};

/** Builds the engine, the maker of the random model and the grammar checker; resolves to cargo's exit code. */
export async function buildEngine(): Promise<number> {
  return buildWithExamples([grammarChecker]);
}

/** Builds the engine, the maker of the random model and {@link engineMeters}; resolves to cargo's exit code. */
export async function buildEngineMeters(): Promise<number> {
  return buildWithExamples(Object.values(engineMeters));
}

async function buildWithExamples(examples: readonly string[]): Promise<number> {
  const { exitCode, stdout } = await cargo(
    [
      ...["build", "--release", "--workspace", "--bins"],
      ...examples.map((example) => `--example=${basename(example)}`),
      "--message-format=json-render-diagnostics",
    ],
    { stdout: "pipe" },
  );
  if (exitCode !== 0) return exitCode;
  for (const binary of [engineBinary, randomModelMaker, ...examples]) {
    copyAtomically(executableOf(stdout, binary), binary);
  }
  return 0;
}

/** The path that cargo reports for the binary of the same name. */
function executableOf(cargoMessages: string, binary: string): string {
  for (const line of cargoMessages.split("\n")) {
    if (!line.startsWith("{")) continue;
    const message = JSON.parse(line) as { executable?: string | null };
    if (message.executable?.endsWith(`/${binary.split("/").at(-1)}`)) return message.executable;
  }
  throw new Error(`expected cargo to build ${binary.split("/").at(-1)}, but it named no such executable`);
}

/** Other clones may replace the original at any time, and a running program cannot be written over. */
function copyAtomically(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  const partial = `${to}.${process.pid}`;
  copyFileSync(from, partial);
  renameSync(partial, to);
}
