import { rmSync } from "node:fs";
import { mkdtemp, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin, type PluginBuild } from "esbuild";

/** A program of the sources as one file, which starts in a fraction of the time that its hundreds of modules take. */
export interface BundledProgram {
  readonly path: string;
  /** Keeps what Node makes of that file. */
  readonly environment: NodeJS.ProcessEnv;
}

const bundled = new Map<string, Promise<BundledProgram>>();

/** Makes one file of a program, once in the life of this process, at whose end it goes. */
export function bundleProgram(address: URL): Promise<BundledProgram> {
  const known = bundled.get(address.href);
  if (known !== undefined) return known;
  const made = bundle(fileURLToPath(address));
  bundled.set(address.href, made);
  return made;
}

async function bundle(source: string): Promise<BundledProgram> {
  const folder = await mkdtemp(join(tmpdir(), "conduit-program-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, `${basename(source, ".ts")}.mjs`);
  await build({
    entryPoints: [source],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@conduit/source"],
    // Packages of the other module system ask for theirs as if they stood alone.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    plugins: [packagesWithMachineCode, ownAddresses],
    logLevel: "error",
  });
  return { path, environment: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") } };
}

/** These are loaded from where they are installed. */
const packagesWithMachineCode: Plugin = {
  name: "packages with machine code",
  setup(build) {
    build.onResolve({ filter: /^(sqlite3|dockerode)$/ }, ({ path, importer }) => ({
      path: createRequire(importer).resolve(path),
      external: true,
    }));
    build.onResolve({ filter: /^pg-native$/ }, () => ({ external: true }));
  },
};

/** Sources that look for files beside them, or within a package, find them where they were. */
const ownAddresses: Plugin = {
  name: "addresses of sources",
  setup(build) {
    build.onLoad({ filter: /\/packages\/[^/]+\/src\/.*\.ts$/ }, async ({ path }) => ({
      loader: "ts",
      contents: (await withAddresses(build, path)).replaceAll(
        "import.meta.url",
        JSON.stringify(pathToFileURL(path).href),
      ),
    }));
  },
};

async function withAddresses(build: PluginBuild, path: string): Promise<string> {
  let text = await readFile(path, "utf8");
  for (const [call, name = ""] of text.matchAll(/import\.meta\.resolve\("([^"]+)"\)/g)) {
    const found = await build.resolve(name, { kind: "import-statement", resolveDir: dirname(path) });
    text = text.replace(call, JSON.stringify(pathToFileURL(found.path).href));
  }
  return text;
}
