import { StateSecretMismatchError, StateSecretMissingError } from "../state-secret-error.ts";
import { readKeyFile, readOrMakeKeyFile } from "./key-file.ts";
import { Keyring, sealingKeyOfSecret } from "./keyring.ts";

export interface KeyringOptions {
  /** Which database, for messages. */
  readonly store: string;
  readonly storeId: string;
  /** Text that the key is made from, where the user has set one. */
  readonly secret: string | undefined;
  /** The one that was used before. */
  readonly previousSecret: string | undefined;
  /** Where the key is kept otherwise; databases that are not on this machine have no such file. */
  readonly keyFile: string | undefined;
  /** The key that the database was last opened with. */
  readonly recordedKeyId: string | undefined;
}

/**
 * The keys of a store: the secret's, else that of the key file, which is made for a new database only. Beside a secret, the previous one
 * and a key file that is there still decrypt, so that a secret can be set later, and changed.
 *
 * @throws StateSecretMissingError, StateSecretMismatchError, SecretKeyFileError
 */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const { recordedKeyId } = options;
  const keyring = await findKeys(options);
  if (recordedKeyId === undefined || keyring.has(recordedKeyId)) return keyring;
  throw mismatch(options);
}

async function findKeys({
  store,
  storeId,
  secret,
  previousSecret,
  keyFile,
  recordedKeyId,
}: KeyringOptions): Promise<Keyring> {
  if (secret !== undefined) {
    const key = await sealingKeyOfSecret(secret, storeId);
    const previousKey =
      previousSecret === undefined ? undefined : await sealingKeyOfSecret(previousSecret, storeId);
    const fileKey = keyFile === undefined ? undefined : await readKeyFile(keyFile);
    return new Keyring([key, ...[previousKey, fileKey].filter((each) => each !== undefined)]);
  }
  if (keyFile === undefined) throw new StateSecretMissingError(store);
  if (recordedKeyId === undefined) return new Keyring([await readOrMakeKeyFile(keyFile)]);
  const fileKey = await readKeyFile(keyFile);
  if (fileKey === undefined) throw mismatch({ store, keyFile, secret });
  return new Keyring([fileKey]);
}

function mismatch({
  store,
  keyFile,
  secret,
}: Pick<KeyringOptions, "store" | "keyFile" | "secret">): StateSecretMismatchError {
  const place = keyFile === undefined ? "" : `, or restore ${keyFile} where there was none`;
  const change =
    secret === undefined ? "" : "; to change it, set CONDUIT_PREVIOUS_SECRET to that one beside the new one";
  return new StateSecretMismatchError(
    store,
    `set CONDUIT_SECRET to the one that was used before${place}${change}`,
  );
}
