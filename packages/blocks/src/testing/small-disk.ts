import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const program = fileURLToPath(new URL("./disk-program.ts", import.meta.url));

/** Starts a program in a name space of its own, in which a small disk is mounted at the first argument, to be read or written. */
const onSmallDisk = (access: "rw" | "ro") =>
  [
    "-Urm",
    "sh",
    "-c",
    `mount -t tmpfs -o size=1m tmpfs "$1" && echo old > "$1/file" && mount -o remount,${access} "$1" && shift && exec "$@"`,
    "sh",
  ] as const;

/** Why no small disk can be mounted on this machine, for tests that need it to say so. */
export const noSmallDisk =
  !canMount() && "this user may not mount a small disk in a user name space (unshare -Urm)";

/** What `disk-program.ts` tells of blocks on a disk of 1 MiB, with a file that says "old". */
export async function runOnSmallDisk(access: "rw" | "ro"): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "conduit-disk-"));
  try {
    const child = [process.execPath, "--conditions=@conduit/source", program, folder];
    const { stdout } = await promisify(execFile)("unshare", [...onSmallDisk(access), folder, ...child]);
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function canMount(): boolean {
  try {
    execFileSync("unshare", [...onSmallDisk("ro"), tmpdir(), "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
