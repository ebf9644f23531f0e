import { randomBytes } from "node:crypto";
import { stat, writeFile } from "node:fs/promises";
import { makePrivateFileOnce, readFileIfPresent } from "../private-file.ts";
import { SecretKeyFileError } from "../state-secret-error.ts";
import { type SealingKey, sealingKey } from "./keyring.ts";

const KEY_BYTES = 32;

/**
 * The key in the file at `path`, or `undefined` where there is none.
 *
 * @throws SecretKeyFileError when it cannot be read, holds something else, or others can read it.
 */
export async function readKeyFile(path: string): Promise<SealingKey | undefined> {
  try {
    const text = await readFileIfPresent(path);
    if (text === undefined) return undefined;
    await requirePrivate(path);
    const bytes = Buffer.from(text.trim(), "base64");
    if (bytes.length !== KEY_BYTES)
      throw new SecretKeyFileError(path, "it holds something else; restore it from a backup");
    return sealingKey(bytes);
  } catch (error) {
    throw toKeyFileError(path, error);
  }
}

/** The same; the first who asks makes the file, and all who ask at the same time get the same key. */
export async function readOrMakeKeyFile(path: string): Promise<SealingKey> {
  try {
    const key = `${randomBytes(KEY_BYTES).toString("base64")}\n`;
    await makePrivateFileOnce(path, (draft) => writeFile(draft, key));
  } catch (error) {
    throw toKeyFileError(path, error);
  }
  const key = await readKeyFile(path);
  if (key === undefined)
    throw new SecretKeyFileError(path, "somebody removes it; leave it beside its database");
  return key;
}

/** Windows knows no such modes; there the folder of a user is private. */
async function requirePrivate(path: string): Promise<void> {
  const mode = (await stat(path)).mode & 0o777;
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  throw new SecretKeyFileError(path, `its mode is 0${mode.toString(8)}; run chmod 600 on it`);
}

function toKeyFileError(path: string, error: unknown): SecretKeyFileError {
  if (error instanceof SecretKeyFileError) return error;
  return new SecretKeyFileError(path, `${(error as Error).message}; or set CONDUIT_SECRET`, { cause: error });
}
