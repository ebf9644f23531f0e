import { readdir, readFile } from "node:fs/promises";

/**
 * Whether a process group has a process that is no zombie. Zombies stay in their group until they are reaped, which in a
 * container without an init is never. Systems without `/proc` reap at once, so the group itself is the answer there.
 */
export async function hasLivingProcess(groupId: number): Promise<boolean> {
  const entries = await readdir("/proc").catch(() => undefined);
  if (entries === undefined) return true;
  for (const id of entries) {
    if (!/^\d+$/.test(id)) continue;
    const stat = await readFile(`/proc/${id}/stat`, "latin1").catch(() => "");
    // The name before it is in parentheses, and may have some of its own.
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (group === String(groupId) && state !== "Z" && state !== "X") return true;
  }
  return false;
}
