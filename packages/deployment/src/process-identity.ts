import { readFile, readlink } from "node:fs/promises";

/**
 * Tells this process from every other: the start of the machine, the process-id namespace, the process id, and when it was given. `undefined`
 * where the system does not show them, as only Linux does.
 */
export async function processIdentity(): Promise<string | undefined> {
  return identityOf(process.pid);
}

/** Whether a process has ended for certain. `false` also where this machine cannot know. */
export async function hasEnded(identity: string | undefined): Promise<boolean> {
  const [boot, namespace, pid] = identity?.split(" ") ?? [];
  const place = await placeOfProcesses();
  if (place === undefined || `${boot} ${namespace}` !== place) return false;
  const found = await identityOf(Number(pid));
  return found === undefined ? !isAnothers(Number(pid)) : found !== identity;
}

/** Whether a process of another user has the id. Where /proc is mounted with `hidepid`, it does not show those. */
function isAnothers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function identityOf(pid: number): Promise<string | undefined> {
  const [place, startTicks] = await Promise.all([placeOfProcesses(), startTicksOf(pid)]);
  return place !== undefined && startTicks !== undefined ? `${place} ${pid} ${startTicks}` : undefined;
}

/** Where process ids mean something. */
async function placeOfProcesses(): Promise<string | undefined> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    return `${boot.trim()} ${await readlink("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}

/** When a living process started, in the kernel's ticks; see proc_pid_stat(5). */
async function startTicksOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in parentheses, which may hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const hasEnded = fields[0] === "Z" || fields[0] === "X";
  return hasEnded ? undefined : fields[19];
}
