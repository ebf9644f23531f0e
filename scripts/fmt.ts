import "./lib/end-with-signals.mjs";
import { run } from "./lib/child-process.mjs";
import { cargo } from "./lib/engine.ts";
import { repository } from "./lib/paths.mjs";

const { exitCode } = await run("biome", ["check", "--write", "."], { cwd: repository });
process.exitCode = Math.max(exitCode, (await cargo(["fmt", "--all"])).exitCode);
