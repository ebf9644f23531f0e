import { randomUUID } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { makePrivateFileOnce, readFileIfPresent } from "../private-file.ts";
import { StoreIdFileError } from "../state-place-error.ts";

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The UUID in the file at `path`; the first who asks makes it, and all who ask at the same time get the same.
 *
 * @throws {@link StoreIdFileError} when the file cannot be read or made, or holds something else.
 */
export async function storeIdFromFile(path: string): Promise<string> {
  try {
    const known = await readFileIfPresent(path);
    if (known !== undefined) return parse(path, known);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await makePrivateFileOnce(path, `${randomUUID()}\n`);
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

function parse(path: string, text: string): string {
  const storeId = text.trim();
  if (uuidPattern.test(storeId)) return storeId;
  throw new StoreIdFileError(path, "it holds something else; remove the file to get a new one");
}
