import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { untilNoProcess, withDirectory } from "../fixture.ts";
import type { AbandonedTask } from "./abandoned-task.ts";

const program = fileURLToPath(new URL("./controller.ts", import.meta.url));

/** Longest time in seconds that a node may be there after its timeout, when nobody ever comes back. */
const LONGEST_SECONDS = 60;

/** Kills the one process that knows of a deployment, and waits for its nodes to end by themselves; how many seconds that took. */
export async function abandon(
  task: Omit<AbandonedTask, "directory">,
  { timeoutSeconds }: { readonly timeoutSeconds: number },
): Promise<number> {
  let seconds = Number.NaN;
  await withDirectory(async (directory) => {
    const controller = spawn(
      process.execPath,
      [
        "--conditions=@conduit/source",
        program,
        JSON.stringify({ directory, ...task } satisfies AbandonedTask),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    try {
      const [said] = await once(controller.stdout, "data");
      assert.equal(String(said), "up\n");
      controller.kill("SIGKILL");
      await once(controller, "exit");
      const killedAtMs = performance.now();
      await untilNoProcess(directory, (timeoutSeconds + LONGEST_SECONDS) * 1_000);
      seconds = (performance.now() - killedAtMs) / 1_000;
    } finally {
      controller.kill("SIGKILL");
    }
  });
  return seconds;
}
