import { existsSync, mkdirSync, renameSync, rmSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "./child-process.mjs";
import { cacheFolder, nativeFolder } from "./paths.mjs";

/** The folder's name is known to native/cuda-kernels/build/device/find_nvcc.rs. */
const VERSION = "13.0.88";
const WHEELS = join(nativeFolder, "cuda-kernels", "nvcc-wheels.txt");
const folder = join(cacheFolder, "cuda", `nvcc-${VERSION}`);

/** `required` where a build without CUDA is a failure, `off` where one is wanted; see native/cuda-kernels/build/device/mod.rs. */
const { CONDUIT_CUDA: wanted = "", CONDUIT_NVCC: named = "" } = process.env;

/**
 * Installs the compiler of the GPUs' kernels, unless it is there, `CONDUIT_NVCC` names another, or `CONDUIT_CUDA` says `off`.
 *
 * @returns The exit code: where it cannot be installed, 1 only where `CONDUIT_CUDA` says `required`.
 */
export async function installNvcc(): Promise<number> {
  if (wanted === "off" || named !== "" || existsSync(folder)) return 0;
  process.stderr.write(`Installing nvcc ${VERSION} from Python wheels ...\n`);
  const partial = `${folder}.${process.pid}`;
  const installed = await pipInstall(partial);
  if (installed) {
    place(partial);
    return 0;
  }
  rmSync(partial, { recursive: true, force: true });
  process.stderr.write("nvcc could not be installed: without one the engine is built for the CPU alone.\n");
  return wanted === "required" ? 1 : 0;
}

async function pipInstall(target: string): Promise<boolean> {
  mkdirSync(dirname(target), { recursive: true });
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore"];
  const wheels = [
    "--no-deps",
    "--no-compile",
    "--only-binary=:all:",
    "--target",
    target,
    "--requirement",
    WHEELS,
  ];
  try {
    const pip = ["-m", "pip", "install", ...quiet, ...wheels];
    return (await run("python3", pip, { stdout: "stderr" })).exitCode === 0;
  } catch {
    // There is no Python.
    return false;
  }
}

function place(partial: string): void {
  try {
    renameSync(partial, folder);
  } catch (error) {
    // Another run may have installed it in the meantime.
    if (!existsSync(folder)) throw error;
    rmSync(partial, { recursive: true, force: true });
  }
  // Has cargo look for the compiler again, where it found none.
  const now = new Date();
  const buildScript = join(nativeFolder, "cuda-kernels", "build", "main.rs");
  if (existsSync(buildScript)) utimesSync(buildScript, now, now);
}
