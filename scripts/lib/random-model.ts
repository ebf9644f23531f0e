import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "./child-process.mjs";
import { randomModelMaker } from "./engine.ts";
import { nativeFolder } from "./paths.mjs";

/**
 * Makes the tiny model with random weights that tests serve, unless this maker has made it before.
 *
 * @returns The model's folder; its name stands for the maker's content, so it never changes once it is there.
 * @throws Error when the maker fails.
 */
export async function makeRandomModel(): Promise<string> {
  const key = createHash("sha256").update(readFileSync(randomModelMaker)).digest("hex").slice(0, 16);
  const folder = join(nativeFolder, "target", "random-models", key);
  if (existsSync(folder)) return folder;

  process.stderr.write("Making the random model ...\n");
  const partial = `${folder}.${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(partial, { recursive: true, force: true });
  const { exitCode } = await run(randomModelMaker, [partial], { stdout: "stderr" });
  if (exitCode !== 0) throw new Error(`${randomModelMaker} failed with exit code ${exitCode}`);
  try {
    renameSync(partial, folder);
  } catch (error) {
    // Another run may have finished the same model in the meantime.
    if (!existsSync(folder)) throw error;
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}
