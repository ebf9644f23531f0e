import { execFileSync } from "node:child_process";

const MAX_OUTPUT_BYTES = 2 ** 31 - 1;

/** What a command of `docker` prints. */
export function docker(...args: readonly string[]): string {
  return dockerBytes(...args)
    .toString("utf8")
    .trim();
}

export function dockerBytes(...args: readonly string[]): Buffer {
  return execFileSync("docker", args, {
    maxBuffer: MAX_OUTPUT_BYTES,
    stdio: ["ignore", "pipe", "inherit"],
  });
}
