import { statfs } from "node:fs/promises";
import { systemErrorCode } from "../local-error.ts";
import { NotEnoughDiskError } from "./errors/not-enough-disk-error.ts";

/** What a disk has to take. */
interface DiskNeed {
  /** What is to be left. */
  readonly spareBytes: number;
  /** What a node downloads to it. */
  readonly downloadBytes: number;
}

/** @throws NotEnoughDiskError where the disk of a folder has too little room. */
export async function requireFree(folder: string, { spareBytes, downloadBytes }: DiskNeed): Promise<void> {
  let freeBytes: number;
  try {
    const { bavail, bsize } = await statfs(folder);
    freeBytes = bavail * bsize;
  } catch (error) {
    // A daemon in a virtual machine, as Docker Desktop has it, has folders of its own.
    if (["ENOENT", "EACCES"].includes(systemErrorCode(error) ?? "")) return;
    throw error;
  }
  const neededBytes = spareBytes + downloadBytes;
  if (freeBytes >= neededBytes) return;
  const parts = `${mebibytes(downloadBytes)} that the node downloads, and ${mebibytes(spareBytes)} to spare`;
  throw new NotEnoughDiskError(
    `${mebibytes(neededBytes)} free on the disk of ${folder}${downloadBytes > 0 ? ` (${parts})` : ""}`,
    `there are ${mebibytes(freeBytes)}`,
  );
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`;
}
