import vm from "node:vm";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build } from "esbuild";

/** Bundles, for a browser, a program that imports what is installed in `folder`. */
async function bundle(folder: string, contents: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    minify: true,
    platform: "browser",
    write: false,
    logLevel: "silent",
    ...options,
  });
  return outputFiles?.[0]?.text ?? "";
}

/** Bytes, minified and compressed, of what a package exports by its name, or of some of it, TypeBox not counted. */
export async function gzipBytes(folder: string, name: string, exported = "*"): Promise<number> {
  const external = ["typebox", "typebox/*"];
  const code = await bundle(folder, `export ${exported} from "${name}";`, { format: "esm", external });
  return gzipSync(code, { level: 9 }).length;
}

/** What a program leaves in `globalThis.result` where there is nothing of Node. */
export async function resultInBrowser(folder: string, program: string): Promise<string> {
  // TypeBox hashes with it; every browser and edge worker has it.
  const context = vm.createContext({ TextEncoder });
  vm.runInContext(await bundle(folder, program, { format: "iife" }), context);
  return context.result;
}
