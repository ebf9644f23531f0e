import { readFile, readlink } from "node:fs/promises";
import { localError, systemErrorCode } from "./local-error.ts";

/** A process, told from a later one that got the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Time from the machine's start to the process's, in the kernel's ticks. */
  readonly startTicks: number;
}

/** Where process ids mean something: one start of one machine, and its process-id namespace, as containers have their own. */
export interface MachineIdentity {
  readonly bootId: string;
  readonly pidNamespace: string;
}

/** @throws ProviderError on systems that do not show their processes in `/proc`. */
export async function machineIdentity(): Promise<MachineIdentity> {
  if (process.platform !== "linux") {
    throw localError(
      `expected Linux, but found ${process.platform}; run local nodes on Linux, or use another provider`,
    );
  }
  const [bootId, pidNamespace] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    readlink("/proc/self/ns/pid"),
  ]);
  return { bootId: bootId.trim(), pidNamespace };
}

let own: Promise<ProcessIdentity> | undefined;

/** This process. */
export function ownProcess(): Promise<ProcessIdentity> {
  own ??= findProcess(process.pid).then((found) => {
    if (found === undefined) throw new Error(`expected process ${process.pid}, which is this one, in /proc`);
    return found;
  });
  return own;
}

/** The process that has the id now, unless it has ended; one that only waits for its parent to notice has ended. */
async function findProcess(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const stat = parseProcessStat(await readFile(`/proc/${pid}/stat`, "utf8"));
    return stat === undefined || stat.ended ? undefined : { pid: stat.pid, startTicks: stat.startTicks };
  } catch (error) {
    // ESRCH: the process ended between open and read.
    if (systemErrorCode(error) === "ENOENT" || systemErrorCode(error) === "ESRCH") return undefined;
    throw error;
  }
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await findProcess(identity.pid))?.startTicks === identity.startTicks;
}

/** Reads a line of `/proc/<pid>/stat` (see proc_pid_stat(5)); `undefined` where it is none. */
export function parseProcessStat(line: string): (ProcessIdentity & { readonly ended: boolean }) | undefined {
  // The second field is the program's name in parentheses, which may hold spaces and parentheses.
  const nameEnd = line.lastIndexOf(")");
  if (nameEnd === -1) return undefined;
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(nameEnd + 2).split(" ");
  const state = fields[0] ?? "";
  const startTicks = Number(fields[19] ?? Number.NaN);
  if (!Number.isSafeInteger(pid) || !Number.isSafeInteger(startTicks)) return undefined;
  return { pid, startTicks, ended: state === "Z" || state === "X" };
}
