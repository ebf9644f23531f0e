import { chown, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { WorkloadRequirements } from "@conduit/types";
import { localError } from "../local-error.ts";
import type { DaemonInfo } from "./daemon-info.ts";
import type { DockerOptions } from "./docker-options.ts";
import { type DockerEndpoint, isOnThisMachine } from "./endpoint/docker-endpoint.ts";
import { missingDownloadBytes } from "./hub-cache.ts";
import type { Owner } from "./node-archive.ts";
import { requireFree } from "./require-free.ts";

const LOOPBACK = "127.0.0.1";
/** The user that owns nothing, on every system. */
const NOBODY = 65_534;
const DEFAULT_MIN_FREE_DISK_BYTES = 2 * 2 ** 30;

/** What the machine of the daemon gives to every container. */
export interface HostSettings {
  readonly owner: Owner;
  readonly publishAddress: string;
  readonly cacheFolder: string | undefined;
}

/**
 * Decides what the options leave open, and makes the folder of the cache where it is on this machine.
 *
 * @throws NotEnoughDiskError, or ProviderError when an option does not fit the daemon.
 */
export async function prepareHost(
  endpoint: DockerEndpoint,
  info: DaemonInfo,
  options: DockerOptions,
  requirements?: WorkloadRequirements,
): Promise<HostSettings> {
  const here = isOnThisMachine(endpoint);
  const owner = ownerOf(options.user, info);
  const publishAddress = options.publishAddress ?? LOOPBACK;
  if (!here && isLoopback(publishAddress)) {
    throw localError(
      `expected docker.publishAddress to be an address of the daemon's machine that is reached from here, since ${endpoint.url} ` +
        `is another machine, but found ${publishAddress}; set it, and see that nobody else reaches it`,
    );
  }
  const { huggingFaceCache, minFreeDiskBytes = DEFAULT_MIN_FREE_DISK_BYTES } = options;
  const cacheFolder = (huggingFaceCache ?? (here && usualCache())) || undefined;
  if (here) {
    const spareBytes = minFreeDiskBytes;
    const downloadBytes = await missingDownloadBytes(cacheFolder, requirements?.downloads);
    if (cacheFolder !== undefined) {
      await makeCache(cacheFolder, owner);
      await requireFree(cacheFolder, { spareBytes, downloadBytes });
    }
    // What no cache takes goes with the node.
    await requireFree(info.rootFolder, {
      spareBytes,
      downloadBytes: cacheFolder === undefined ? downloadBytes : 0,
    });
  }
  return { owner, publishAddress, cacheFolder };
}

/** Whether an address is reached from its own machine only. */
function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || address.startsWith("127.");
}

function usualCache(): string {
  return process.env.HF_HOME || join(homedir(), ".cache", "huggingface");
}

function ownerOf(user: string | undefined, { rootless }: DaemonInfo): Owner {
  if (user !== undefined) {
    const [, uid, gid] = /^(\d+):(\d+)$/.exec(user) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
    throw localError(`expected docker.user as <user id>:<group id>, such as 1000:1000, but found "${user}"`);
  }
  // Where the daemon is no root, its user is what containers call root; every other is a stranger to this user's files.
  if (rootless) return { uid: 0, gid: 0 };
  const uid = process.getuid?.() ?? 0;
  return uid === 0 ? { uid: NOBODY, gid: NOBODY } : { uid, gid: process.getgid?.() ?? uid };
}

async function makeCache(folder: string, { uid, gid }: Owner): Promise<void> {
  try {
    const made = await mkdir(folder, { recursive: true });
    if (made !== undefined && process.getuid?.() === 0) await chown(folder, uid, gid);
  } catch (error) {
    throw localError(
      `expected to make the folder ${folder} for the Hugging Face cache, but: ${(error as Error).message}; ` +
        "name another with docker.huggingFaceCache, or set that to false",
      { cause: error },
    );
  }
}
