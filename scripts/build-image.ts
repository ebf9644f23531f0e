// npm run build:image [-- [--cpu] [<image>]]: the engine's image, into Docker, of the engine of this checkout and the libraries of this machine
// that it needs. Nothing is pulled. Without a name it is the image that @conduit/lm-lite asks providers for; --cpu leaves out kernels for GPUs.
import "./lib/end-with-signals.mjs";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./lib/child-process.mjs";
import { buildEngine, engineBinary } from "./lib/engine.ts";
import { imageWithTag, readEngineImage } from "./lib/engine-image.ts";
import { installNvcc } from "./lib/nvcc.ts";
import { nativeFolder } from "./lib/paths.mjs";

const isCpu = process.argv.includes("--cpu");
const [named] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
if (isCpu) process.env.CONDUIT_CUDA = "off";
// A digest names what was published, and nothing that is built here.
const image = named ?? `${imageWithTag(readEngineImage())}${isCpu ? "-cpu" : ""}`;
process.exitCode = (await installNvcc()) || (await buildEngine()) || (await buildImage());

async function buildImage(): Promise<number> {
  const context = mkdtempSync(join(tmpdir(), "conduit-image-"));
  try {
    copyFileSync(join(nativeFolder, "Dockerfile"), join(context, "Dockerfile"));
    const env = { CUDA: isCpu ? "off" : "on", DOCKER_BUILDKIT: "1" };
    const collect = join(nativeFolder, "image", "collect-root.sh");
    const collected = await run(collect, [engineBinary, join(context, "root")], { env });
    if (collected.exitCode !== 0) return collected.exitCode;
    const build = ["build", "--build-arg", "FILES=collected", "--tag", image, context];
    return (await run("docker", build, { env })).exitCode;
  } finally {
    rmSync(context, { recursive: true });
  }
}
