import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalProvider } from "@conduit/provider-local";
import { repository } from "../../scripts/lib/paths.mjs";
import { required } from "./engine.ts";

/** Runs its arguments in a terminal, whose keys are what is written to its input. */
const IN_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/** A folder in which programs of the examples find everything of their own: engines, and what is remembered of them. */
export class ExamplePlace implements AsyncDisposable {
  // Names of sockets are short.
  readonly folder = mkdtempSync(join(tmpdir(), "cd-"));

  /** Starts the program of an example as its user would, on the model with random weights. */
  start(example: string, args: readonly string[] = [], { terminal = false } = {}) {
    const program = join(repository, "examples", example, "src", "index.ts");
    const command = [process.execPath, "--conditions=@conduit/source", program, ...args];
    const [file = "", ...rest] = terminal ? ["python3", "-c", IN_TERMINAL, ...command] : command;
    return spawn(file, rest, {
      stdio: ["pipe", "pipe", "pipe"],
      env: {
        ...process.env,
        CONDUIT_DB_URI: `sqlite:///${join(this.folder, "conduit.db")}`,
        CONDUIT_MODEL: required("RANDOM_MODEL"),
        XDG_RUNTIME_DIR: this.folder,
        XDG_STATE_HOME: this.folder,
      },
    });
  }

  /** No engine is left of any program. */
  async assertEmpty(): Promise<void> {
    const provider = new LocalProvider({ directory: join(this.folder, "conduit") });
    assert.deepEqual(await provider.listNodes("conduit-"), []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
