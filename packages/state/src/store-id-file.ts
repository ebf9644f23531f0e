import { randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { StoreIdFileError } from "./state-error.ts";

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The UUID in the file at `path`; the first who asks makes it, and all who ask at the same time get the same.
 *
 * @throws {@link StoreIdFileError} when the file cannot be read or made, or holds something else.
 */
export async function storeIdFromFile(path: string): Promise<string> {
  try {
    const known = await readIfPresent(path);
    if (known !== undefined) return parse(path, known);
    await makeOnce(path);
    return parse(path, await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof StoreIdFileError) throw error;
    throw new StoreIdFileError(
      path,
      `${(error as Error).message}; set XDG_STATE_HOME to a folder that can be written`,
      { cause: error },
    );
  }
}

/** Links a complete file to `path`, so that nobody ever sees a part of it, and the first of several processes wins. */
async function makeOnce(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(`${randomUUID()}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parse(path: string, text: string): string {
  const storeId = text.trim();
  if (uuidPattern.test(storeId)) return storeId;
  throw new StoreIdFileError(path, "it holds something else; remove the file to get a new one");
}
