import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type NodeSpec, nodeEnvironment } from "@conduit/types";
import { readIfPresent } from "./disk-files.ts";
import type { NodeLauncher } from "./node-launcher.ts";

/**
 * Starts `workload.process`. The program has no holder from the start, so that it ends after the node's idle timeout, whatever became
 * of the test that started it.
 */
export const processLauncher: NodeLauncher = {
  async start(folder: string, spec: NodeSpec): Promise<void> {
    const { process: command } = spec.workload;
    if (command === undefined) {
      throw new Error(`expected the workload of ${spec.name} to say how to run as a process`);
    }
    const places = { "{portFile}": join(folder, "port"), "{holders}": join(folder, "holders") };
    const log = openSync(join(folder, "log"), "a");
    try {
      const child = spawn(
        command.executable,
        command.arguments.map((argument) => places[argument as keyof typeof places] ?? argument),
        {
          detached: true,
          stdio: ["ignore", log, log],
          env: { PATH: process.env.PATH, ...nodeEnvironment(spec) },
        },
      );
      await once(child, "spawn");
      child.unref();
      const temporary = join(folder, "pid.new");
      writeFileSync(temporary, String(child.pid));
      renameSync(temporary, join(folder, "pid"));
    } finally {
      closeSync(log);
    }
  },

  baseUrl(folder: string): string | undefined {
    const port = readIfPresent(join(folder, "port"));
    return port === undefined || port === "" ? undefined : `http://127.0.0.1:${port}`;
  },

  isAlive(folder: string): boolean {
    const pid = readIfPresent(join(folder, "pid"));
    return pid === undefined || commandLineOf(pid).includes(folder);
  },

  end(folder: string): void {
    const pid = readIfPresent(join(folder, "pid"));
    // Another program may have got the number since.
    if (pid !== undefined && commandLineOf(pid).includes(folder)) process.kill(Number(pid), "SIGKILL");
  },
};

/** Empty for a process that has ended, also while nobody has taken note of that. */
function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
