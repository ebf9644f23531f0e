// npm run build:image [-- <image>]: the engine's image for Docker, from scratch: the engine of this checkout and the libraries of this
// machine that it needs. Without a name it is the image that @conduit/lm-lite asks providers for.
import "./lib/end-with-signals.mjs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./lib/child-process.mjs";
import { buildEngine, engineBinary } from "./lib/engine.ts";
import { ENGINE_ENTRYPOINT, packEngineImage } from "./lib/engine-image.ts";
import { installNvcc } from "./lib/nvcc.ts";
import { pinnedNode, repository } from "./lib/paths.mjs";

process.exitCode =
  (await installNvcc()) ||
  (await buildEngine()) ||
  (await buildImage(process.argv[2] ?? (await usualImage())));

async function buildImage(image: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "conduit-image-"));
  try {
    const archive = await packEngineImage(engineBinary, folder);
    const change = `ENTRYPOINT ${JSON.stringify(ENGINE_ENTRYPOINT)}`;
    console.log(`importing ${image} into Docker ...`);
    return (await run("docker", ["import", "--change", change, archive, image])).exitCode;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Asked of the package's sources, which need not be built. */
async function usualImage(): Promise<string> {
  const program = 'import("@conduit/lm-lite").then(({ LM_LITE }) => console.log(LM_LITE.image))';
  const node = await run(pinnedNode, ["--conditions=@conduit/source", "--eval", program], {
    cwd: repository,
    stdout: "pipe",
  });
  if (node.exitCode !== 0) throw new Error("expected @conduit/lm-lite to name its image");
  return node.stdout.trim();
}
