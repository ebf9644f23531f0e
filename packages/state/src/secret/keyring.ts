import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";

const deriveKey = promisify(scrypt);

const CIPHER = "aes-256-gcm";
const VERSION = "v1";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key with a name that tells nothing about it. */
export interface SealingKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** A key that is random already. */
export function sealingKey(bytes: Buffer): SealingKey {
  const id = createHash("sha256").update("conduit sealing key id\0").update(bytes).digest("hex").slice(0, 16);
  return { id, bytes };
}

/** A key made from a secret, which may be a phrase; the same secret gives each store another key. */
export async function sealingKeyOfSecret(secret: string, storeId: string): Promise<SealingKey> {
  return sealingKey((await deriveKey(secret, `conduit ${storeId}`, KEY_BYTES)) as Buffer);
}

/** Encrypts with its first key, and decrypts with any. */
export class Keyring {
  readonly #keys: readonly [SealingKey, ...SealingKey[]];

  constructor(keys: readonly [SealingKey, ...SealingKey[]]) {
    this.#keys = keys;
  }

  /** The name of the key that encrypts. */
  get sealingKeyId(): string {
    return this.#keys[0].id;
  }

  has(keyId: string): boolean {
    return this.#keys.some(({ id }) => id === keyId);
  }

  /** Encrypts `text` so that it can be decrypted only in the same `context`: elsewhere it is of no use. */
  seal(text: string, context: string): string {
    const [{ id, bytes }] = this.#keys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, bytes, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return [VERSION, id, sealed.toString("base64url")].join(":");
  }

  /** What was sealed, or `undefined` where no key fits or something was changed. */
  unseal(sealed: string, context: string): string | undefined {
    const [version, keyId, text = ""] = sealed.split(":");
    const key = this.#keys.find(({ id }) => id === keyId);
    const bytes = Buffer.from(text, "base64url");
    if (version !== VERSION || key === undefined || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([opened, decipher.final()]).toString("utf8");
    } catch {
      return undefined;
    }
  }
}
