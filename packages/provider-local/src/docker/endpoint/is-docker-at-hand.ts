import { accessSync, constants } from "node:fs";
import type { DockerOptions } from "../docker-options.ts";
import { namedEndpoint, usualSockets } from "./find-endpoint.ts";

/**
 * Whether somebody has named a daemon, or this user may write to the socket of one. Whether it answers shows when it is asked: what a
 * provider can do must be known before.
 */
export function isDockerAtHand({ host }: DockerOptions, env = process.env): boolean {
  const named = namedEndpoint(host, env);
  if (named !== undefined) return named.kind !== "unix" || isWritable(named.socketPath);
  return usualSockets(env).some(isWritable);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
