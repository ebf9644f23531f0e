import type { ConduitErrorOptions } from "@conduit/types";
import { StateError } from "./state-error.ts";

/** What was given as the URI of a database is none. The URI itself, which may hold a password, is not told. */
export class InvalidStateUriError extends StateError {
  static readonly code = "INVALID_STATE_URI";
  readonly code = InvalidStateUriError.code;

  constructor(problem: string) {
    super(
      `expected the URI of a state store (CONDUIT_DB_URI) such as sqlite:///conduit.db, sqlite:////var/lib/conduit.db or postgresql://user@host/database, but ${problem}`,
    );
  }
}

/** The package that talks to a kind of database cannot be loaded. */
export class StateDriverError extends StateError {
  static readonly code = "STATE_DRIVER";
  readonly code = StateDriverError.code;
  readonly packageName: string;

  constructor(packageName: string, problem: string, options?: ConduitErrorOptions) {
    super(
      `expected the package ${packageName} to load, but ${problem}; install it again, and let it run its install script where your package manager asks (npm install-scripts approve ${packageName}, pnpm approve-builds)`,
      options,
    );
    this.packageName = packageName;
  }
}
