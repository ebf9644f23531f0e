import { globSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../lib/child-process.mjs";
import { engineBinary, grammarChecker, randomModelMaker } from "../lib/engine.ts";
import { pinnedNode, repository } from "../lib/paths.mjs";
import { makeRandomModel } from "../lib/random-model.ts";

/** Longest time in milliseconds that one test file may take, so that a test that hangs is named. */
const TIMEOUT_MS = { quick: 600_000, full: 3_600_000 };

/**
 * How many test files run at a time. Most wait for processes, timers and servers about as long as they compute. The long harnesses keep all
 * cores busy by themselves, and have an hour each: beside them there is what Node runs where nothing is said.
 */
const CONCURRENCY = { quick: availableParallelism() + 1, full: Math.max(1, availableParallelism() - 1) };

/** Runs the TypeScript tests on the sources, with the engine and a model with random weights at hand. */
export async function runNodeTests({ full }: { full: boolean }): Promise<number> {
  const files = globSync(["{packages/*,examples/*,bench}/src/**/*.test.ts", "tests/**/*.test.ts"], {
    cwd: repository,
  })
    .filter((file) => full || !file.endsWith(".full.test.ts"))
    .sort();
  // Nodes and stores of their own: the tests neither use nor disturb an engine that the user runs.
  const userFolder = mkdtempSync(join(tmpdir(), "conduit-tests-"));
  try {
    const randomModel = await makeRandomModel();
    const { exitCode } = await run(
      pinnedNode,
      [
        "--conditions=@conduit/source",
        "--test",
        "--test-reporter=spec",
        `--test-concurrency=${full ? CONCURRENCY.full : CONCURRENCY.quick}`,
        `--test-timeout=${full ? TIMEOUT_MS.full : TIMEOUT_MS.quick}`,
        ...files,
      ],
      {
        cwd: repository,
        env: {
          LM_LITE_BIN: engineBinary,
          CHECK_GRAMMAR_BIN: grammarChecker,
          MAKE_RANDOM_MODEL_BIN: randomModelMaker,
          RANDOM_MODEL: randomModel,
          // What the examples in the README of a package ask where nobody names a model.
          CONDUIT_MODEL: randomModel,
          XDG_RUNTIME_DIR: userFolder,
          XDG_STATE_HOME: userFolder,
          // What one process has made of a module serves all others of this run: most start from the same sources.
          NODE_COMPILE_CACHE: join(userFolder, "compiled"),
          // As if they were not set.
          CONDUIT_DB_URI: "",
          CONDUIT_SECRET: "",
        },
      },
    );
    return exitCode;
  } finally {
    // A process that still ends may keep what it has made of its modules meanwhile.
    rmSync(userFolder, { recursive: true, force: true, maxRetries: 5 });
  }
}
