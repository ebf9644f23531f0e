import type { ConduitErrorOptions } from "@conduit/types";
import { StateDatabaseError } from "./state-database-error.ts";
import { StateError } from "./state-error.ts";

/** There is nothing to encrypt endpoint keys with. */
export class StateSecretMissingError extends StateDatabaseError {
  static readonly code = "STATE_SECRET_MISSING";
  readonly code = StateSecretMissingError.code;

  constructor(store: string) {
    super(
      store,
      `expected a secret to encrypt the endpoint keys in ${store} with, but found none; set CONDUIT_SECRET to the same random text (openssl rand -base64 32) in all programs that use it`,
    );
  }
}

/** The secret is not the one that endpoint keys were encrypted with. */
export class StateSecretMismatchError extends StateDatabaseError {
  static readonly code = "STATE_SECRET_MISMATCH";
  readonly code = StateSecretMismatchError.code;

  constructor(store: string, remedy: string, options?: ConduitErrorOptions) {
    super(
      store,
      `expected the secret that the endpoint keys in ${store} are encrypted with, but found another; ${remedy}`,
      options,
    );
  }
}

/** The file with the key that encrypts endpoint keys cannot be read or made, or is not safe. */
export class SecretKeyFileError extends StateError {
  static readonly code = "SECRET_KEY_FILE";
  readonly code = SecretKeyFileError.code;
  readonly path: string;

  constructor(path: string, problem: string, options?: ConduitErrorOptions) {
    super(`expected ${path} to hold a key of 32 bytes that only its owner can read, but ${problem}`, options);
    this.path = path;
  }
}
