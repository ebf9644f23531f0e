import { run } from "../lib/child-process.mjs";
import { cargo } from "../lib/engine.ts";
import { nativeFolder } from "../lib/paths.mjs";

/**
 * Runs the tests of the CUDA kernels on the CPU with the C++ part under AddressSanitizer; resolves to the exit code. They are built
 * next to the others, which keep what they have built.
 */
export async function testSanitizedKernels(): Promise<number> {
  const compiler = process.env.CXX ?? "c++";
  const { exitCode, stdout } = await run(compiler, ["-print-file-name=libasan.so"], {
    cwd: nativeFolder,
    stdout: "pipe",
  });
  if (exitCode !== 0) return exitCode;
  // The runtime must come before all other libraries, which Rust's linking cannot see to. Tests alone run with it: cargo and the
  // compiler free nothing before they end.
  const runner = `env LD_PRELOAD=${stdout.trim()} ASAN_OPTIONS=detect_leaks=0`;
  const target = process.arch === "x64" ? "X86_64" : "AARCH64";
  const result = await cargo(["test", "--profile=sanitized", "--package=conduit-cuda-kernels"], {
    env: {
      CONDUIT_HOST_KERNELS_SANITIZE: "address",
      [`CARGO_TARGET_${target}_UNKNOWN_LINUX_GNU_RUNNER`]: runner,
    },
  });
  return result.exitCode;
}
