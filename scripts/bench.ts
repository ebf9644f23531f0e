// npm run bench:tokens | bench:speed | bench:offerings | bench:routing | bench:blocks | bench:image | bench:engine [-- <arguments of the benchmark>]
import "./lib/end-with-signals.mjs";
import { join } from "node:path";
import { run } from "./lib/child-process.mjs";
import { prepareEngineBenchmark } from "./lib/engine-benchmark.ts";
import { imageWithTag, readEngineImage } from "./lib/engine-image.ts";
import { pinnedNode, repository } from "./lib/paths.mjs";

const [name = "", ...args] = process.argv.slice(2);
const program = join(repository, "bench", "src", `${name}.ts`);
const env = await environment();
const { exitCode } = await run(pinnedNode, ["--conditions=@conduit/source", program, ...args], { env });
process.exitCode = exitCode;

/** What a benchmark is told beside its arguments. */
async function environment(): Promise<Readonly<Record<string, string>>> {
  if (name === "engine") return prepareEngineBenchmark();
  return name === "image" ? { ENGINE_IMAGE: imageWithTag(readEngineImage()) } : {};
}
