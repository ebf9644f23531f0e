import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { FailedCase } from "../tally.ts";

export interface FullDiskReport {
  readonly summary: string;
  readonly failed: readonly FailedCase[];
  /** What operations failed with that does not say that the disk is full. */
  readonly unclear: readonly string[];
}

const program = fileURLToPath(new URL("./full-disk-child.ts", import.meta.url));

/** Starts a program in a name space of its own, in which a small disk is mounted at the first argument. */
const onSmallDisk = [
  "-Urm",
  "sh",
  "-c",
  'mount -t tmpfs -o size=8m tmpfs "$1" && shift && exec "$@"',
  "sh",
] as const;

/** Why no small disk can be mounted on this machine, for tests that need it to say so. */
export const noSmallDisk =
  !canMount() && "this user may not mount a small disk in a user name space (unshare -Urm)";

/** Runs the cases of a full disk in a process that has a small one. */
export async function runOnSmallDisk(
  names: readonly string[],
  { step }: { readonly step: number },
): Promise<FullDiskReport> {
  const folder = await mkdtemp(join(tmpdir(), "conduit-disk-"));
  try {
    const child = [process.execPath, "--conditions=@conduit/source", program];
    const { stdout } = await promisify(execFile)("unshare", [
      ...onSmallDisk,
      folder,
      ...child,
      folder,
      String(step),
      JSON.stringify(names),
    ]);
    return JSON.parse(stdout) as FullDiskReport;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function canMount(): boolean {
  try {
    execFileSync("unshare", [...onSmallDisk, tmpdir(), "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
