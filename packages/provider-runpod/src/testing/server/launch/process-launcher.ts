import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readIfPresent } from "../world/files.ts";
import type { LaunchedPod, PodLauncher } from "./pod-launcher.ts";

/** A program that stands for an image: `ProcessCommand` of the package `types`, with the port that it listens on in its container. */
export interface PodProgram {
  readonly executable: string;
  /** `{portFile}` and `{holders}` stand for the paths that the program is given. */
  readonly arguments: readonly string[];
  readonly containerPort: number;
  /** In addition to what the pod is given. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/**
 * Starts a program for each pod, whatever its image. The program has no holder from the start, so that it ends after its idle timeout; an engine
 * asks the stand-in for that, again and again if that is gone, so that whoever starts one also calls `endPrograms`.
 */
export function processLauncher(program: PodProgram): PodLauncher {
  return {
    start: (folder, pod) => startProgram(program, folder, pod),

    portOf(folder, containerPort) {
      const port = containerPort === program.containerPort ? readIfPresent(join(folder, "port")) : undefined;
      return port === undefined || port === "" ? undefined : Number(port);
    },

    isAlive(folder) {
      const pid = readIfPresent(join(folder, "pid"));
      return pid === undefined ? undefined : isProgramOf(folder, pid);
    },

    end(folder) {
      const pid = readIfPresent(join(folder, "pid"));
      // Another program may have got the number since.
      if (pid !== undefined && isProgramOf(folder, pid)) process.kill(Number(pid), "SIGKILL");
    },
  };
}

async function startProgram(program: PodProgram, folder: string, pod: LaunchedPod): Promise<void> {
  for (const volume of pod.volumes) mkdirSync(volume.folder, { recursive: true });
  const places = new Map([
    ["{portFile}", join(folder, "port")],
    ["{holders}", join(folder, "holders")],
  ]);
  const log = openSync(join(folder, "log"), "a");
  try {
    const child = spawn(
      program.executable,
      program.arguments.map((argument) => places.get(argument) ?? argument),
      {
        detached: true,
        stdio: ["ignore", log, log],
        env: { PATH: process.env.PATH, ...onThisMachine(pod), ...program.env },
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
}

/** The variables of a pod, with its volumes where they are on this machine: nothing is mounted for a program. */
function onThisMachine({ env, volumes }: LaunchedPod): Record<string, string> {
  const moved = Object.entries(env).map(([name, value]) => {
    const volume = volumes.find(({ path }) => value === path || value.startsWith(`${path}/`));
    return [name, volume === undefined ? value : join(volume.folder, value.slice(volume.path.length))];
  });
  return Object.fromEntries(moved);
}

/** The command line of a process that has ended is empty, also while nobody has taken note of that. */
function isProgramOf(folder: string, pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
  } catch {
    return false;
  }
}
