// Builds the engine, then runs `examples/shell-to-files` with the arguments given to this
// script. Progress goes to stderr; stdout is the example's own.
import "./lib/end-with-signals.mjs";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./lib/child-process.mjs";
import { buildEngine, engineBinary } from "./lib/engine.ts";
import { pinnedNode, repository } from "./lib/paths.mjs";

process.exitCode = await demo(process.argv.slice(2));

async function demo(args: readonly string[]): Promise<number> {
  process.stderr.write("Building the engine (the first time takes some minutes) ...\n");
  const buildExitCode = await buildEngine();
  if (buildExitCode !== 0) return buildExitCode;

  const namesModel = args.some((argument) => argument === "--model" || argument.startsWith("--model="));
  const model = namesModel ? {} : { CONDUIT_MODEL: join(repository, "examples", "demo-model") };
  const state = process.env.CONDUIT_DB_URI ? {} : { CONDUIT_DB_URI: await demoDatabase() };
  process.stderr.write("Running examples/shell-to-files ...\n");
  const { exitCode } = await run(
    pinnedNode,
    [
      "--conditions=@conduit/source",
      `--import=${join(repository, "scripts", "lib", "end-with-parent.mjs")}`,
      join(repository, "examples", "shell-to-files", "src", "index.ts"),
      ...args,
    ],
    { cwd: repository, env: { LM_LITE_BIN: engineBinary, ...model, ...state }, watchesParent: true },
  );
  return exitCode;
}

/** Outside the folder that the demo lists, where a database changes while it is in use. */
async function demoDatabase(): Promise<string> {
  const home = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  const folder = join(home, "conduit");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return `sqlite:///${join(folder, "demo.db")}`;
}
