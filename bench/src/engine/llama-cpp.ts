import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathOf } from "./programs.ts";
import { runProgram } from "./run-program.ts";
import { type Server, startServer } from "./server.ts";

/** As many as LM Lite takes; llama.cpp would leave the second thread of a core idle. */
export const threadFlags = ["--threads", String(availableParallelism())] as const;

/** The npm package whose `llama/gitRelease.bundle` is llama.cpp's source. It is fetched, and no dependency of anything. */
const PACKAGE_VERSION = "3.22.1";
const TARGETS = ["llama-server", "llama-bench", "llama-batched-bench", "llama-quantize"] as const;

export interface LlamaCpp {
  /** Paths of its programs. */
  readonly server: string;
  readonly bench: string;
  readonly batchedBench: string;
  readonly quantize: string;
  /** llama.cpp's release, the commit that it was built from, and the package that it came with. */
  readonly version: string;
  readonly compiler: string;
}

/** The peer, built from its source into the cache folder unless it is there; building takes minutes. */
export async function llamaCpp(): Promise<LlamaCpp> {
  const folder = join(pathOf("CONDUIT_CACHE"), "peers", `node-llama-cpp-${PACKAGE_VERSION}`);
  const program = (name: (typeof TARGETS)[number]): string => join(folder, "build", "bin", name);
  if (!TARGETS.map(program).every((path) => existsSync(path))) await build(folder);
  const commit = await runProgram("git", ["-C", join(folder, "llama.cpp"), "rev-parse", "HEAD"]);
  const release = readFileSync(join(folder, "package/llama/binariesGithubRelease.json"), "utf8");
  const { release: tag } = JSON.parse(release) as { release: string };
  const compiler = (await runProgram("c++", ["--version"])).split("\n")[0] ?? "";
  return {
    server: program("llama-server"),
    bench: program("llama-bench"),
    batchedBench: program("llama-batched-bench"),
    quantize: program("llama-quantize"),
    version: `${tag} (${commit.slice(0, 9)}, node-llama-cpp ${PACKAGE_VERSION})`,
    compiler,
  };
}

async function build(folder: string): Promise<void> {
  process.stderr.write(`Building llama.cpp in ${folder} ...\n`);
  mkdirSync(folder, { recursive: true });
  const source = join(folder, "llama.cpp");
  if (!existsSync(source)) {
    const name = `node-llama-cpp-${PACKAGE_VERSION}.tgz`;
    await runProgram("npm", [
      ...["pack", `node-llama-cpp@${PACKAGE_VERSION}`, "--silent"],
      ...["--pack-destination", folder],
    ]);
    await runProgram("tar", ["-xzf", join(folder, name), "-C", folder, "package/llama"]);
    await runProgram("git", ["clone", "-q", join(folder, "package", "llama", "gitRelease.bundle"), source]);
  }
  const build = join(folder, "build");
  const off = ["BUILD_SHARED_LIBS", "LLAMA_BUILD_TESTS", "LLAMA_BUILD_EXAMPLES", "LLAMA_BUILD_APP"];
  // Its page for browsers would be fetched from the network.
  off.push("LLAMA_BUILD_UI", "LLAMA_USE_PREBUILT_UI", "LLAMA_OPENSSL");
  await runProgram("nice", [
    ...["cmake", "-S", source, "-B", build, "-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON"],
    ...off.map((option) => `-D${option}=OFF`),
  ]);
  await runProgram("nice", ["cmake", "--build", build, "--parallel", "2", "--target", ...TARGETS]);
}

/** Serves a GGUF file by llama-server, with as many threads as there are cores. */
export async function serveLlama(
  file: string,
  { sequences, maxModelLen }: { readonly sequences: number; readonly maxModelLen: number },
): Promise<Server> {
  const { server } = await llamaCpp();
  const flags = [
    ...["--model", file, "--parallel", String(sequences), "--ctx-size", String(sequences * maxModelLen)],
    ...threadFlags,
    // It would keep what it has computed of earlier prompts beside its KV cache.
    ...["--cache-ram", "0"],
  ];
  return startServer(server, flags, async (answer) => answer.ok);
}
