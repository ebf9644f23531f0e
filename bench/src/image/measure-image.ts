import { execFileSync } from "node:child_process";
import { docker, dockerBytes } from "./docker.ts";

/** Names in containers that Docker makes. */
const OF_DOCKER = /^(dev|proc|sys)\/|^\.dockerenv$|^etc\/(hosts|hostname|resolv\.conf|mtab)$/;
/** Of the image as an archive, which is in memory. */
const MAX_ARCHIVE_BYTES = 2 ** 31 - 1;

export interface ImageSize {
  /** Of all files, unpacked. */
  readonly bytes: number;
  readonly fileCount: number;
}

/** What an image holds that Docker has. */
export function measureImage(image: string): ImageSize {
  const bytes = Number(docker("image", "inspect", "--format", "{{.Size}}", image));
  const container = docker("create", image);
  try {
    const input = dockerBytes("export", container);
    const names = execFileSync("tar", ["--list"], { input, encoding: "utf8", maxBuffer: MAX_ARCHIVE_BYTES });
    const files = names
      .split("\n")
      .filter((name) => name !== "" && !name.endsWith("/") && !OF_DOCKER.test(name));
    return { bytes, fileCount: files.length };
  } finally {
    docker("rm", container);
  }
}
