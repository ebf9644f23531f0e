import { readdirSync, readFileSync } from "node:fs";
import type { Evidence } from "./find-secrets.ts";

export interface ProcessEvidence {
  readonly pid: number;
  readonly commandLine: readonly string[];
  readonly environment: Buffer;
}

/** What the system shows of all processes that this user may look at. */
export function listProcesses(): readonly ProcessEvidence[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const commandLine = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
        return [{ pid: Number(name), commandLine, environment: readFileSync(`/proc/${name}/environ`) }];
      } catch {
        // It has ended, or is somebody else's.
        return [];
      }
    });
}

export function processEvidence(
  processes: readonly ProcessEvidence[],
  kindOf: (process: ProcessEvidence) => string,
): Evidence[] {
  return processes.flatMap((process) => {
    const kind = kindOf(process);
    const detail = `process ${process.pid} (${process.commandLine[0]})`;
    return [
      { place: `environment of ${kind}`, detail, content: process.environment },
      { place: `command line of ${kind}`, detail, content: Buffer.from(process.commandLine.join("\0")) },
    ];
  });
}
