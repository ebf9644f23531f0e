import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

/** The names in a tar archive; those of folders end with a slash. */
export async function namesIn(archive: NodeJS.ReadableStream): Promise<readonly string[]> {
  const tar = spawn("tar", ["--list", "--file", "-"], { stdio: ["pipe", "pipe", "inherit"] });
  const [names] = await Promise.all([text(tar.stdout), pipeline(archive, tar.stdin)]);
  return names.split("\n").filter((name) => name !== "");
}
