// npm run bench:tokens | bench:speed | bench:offerings | bench:routing | bench:blocks | bench:engine [-- <arguments of the benchmark>]
import "./lib/end-with-signals.mjs";
import { join } from "node:path";
import { run } from "./lib/child-process.mjs";
import { prepareEngineBenchmark } from "./lib/engine-benchmark.ts";
import { pinnedNode, repository } from "./lib/paths.mjs";

const [name = "", ...args] = process.argv.slice(2);
const program = join(repository, "bench", "src", `${name}.ts`);
const env = name === "engine" ? await prepareEngineBenchmark() : {};
const { exitCode } = await run(pinnedNode, ["--conditions=@conduit/source", program, ...args], { env });
process.exitCode = exitCode;
