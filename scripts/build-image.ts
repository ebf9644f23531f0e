// npm run build:image [-- <image>]: the engine's image for Docker, from scratch: the engine of this checkout and the libraries of this
// machine that it needs. Without a name it is the image that @conduit/lm-lite asks providers for.
import "./lib/end-with-signals.mjs";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "./lib/child-process.mjs";
import { buildEngine, engineBinary } from "./lib/engine.ts";
import { pinnedNode, repository } from "./lib/paths.mjs";

/** What the engine trusts when it fetches models. */
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";
const ENTRYPOINT = ["/lm-lite", "serve", "--host", "0.0.0.0", "--port", "8000"];

process.exitCode = (await buildEngine()) || (await buildImage(process.argv[2] ?? (await usualImage())));

async function buildImage(image: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "conduit-image-"));
  try {
    const root = join(folder, "root");
    const add = (source: string, path: string) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      copyFileSync(source, join(root, path));
    };
    mkdirSync(join(root, "tmp"), { recursive: true, mode: 0o1777 });
    add(engineBinary, "lm-lite");
    for (const library of await librariesOf(engineBinary)) add(library, library);
    if (existsSync(CERTIFICATES)) add(CERTIFICATES, CERTIFICATES);
    const archive = join(folder, "root.tar");
    const tar = ["--create", "--file", archive, "--directory", root, "--owner=0", "--group=0", "."];
    const { exitCode } = await run("tar", tar);
    if (exitCode !== 0) return exitCode;
    const change = `ENTRYPOINT ${JSON.stringify(ENTRYPOINT)}`;
    console.log(`importing ${image} into Docker ...`);
    return (await run("docker", ["import", "--change", change, archive, image])).exitCode;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await run("ldd", [program], { stdout: "pipe" });
  return stdout.match(/\/\S+/g) ?? [];
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
