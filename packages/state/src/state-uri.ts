import { resolve } from "node:path";
import { InvalidStateUriError } from "./state-place-error.ts";

/** Where a store keeps its rows. */
export type StateLocation =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly uri: string };

export const DEFAULT_STATE_URI = "sqlite:///conduit.db";

/**
 * `sqlite:///<path>`, where a relative path starts in the working directory and an absolute one makes it four slashes, or
 * `postgresql://…`. What comes from the URI is not part of an error, since a password may be.
 *
 * @throws InvalidStateUriError
 */
export function parseStateUri(uri: string): StateLocation {
  if (/^postgres(ql)?:\/\//i.test(uri)) {
    requireWholePassword(uri);
    return { kind: "postgres", uri };
  }
  const [, path] = /^sqlite:\/\/\/([^?#]+)$/i.exec(uri) ?? [];
  if (path !== undefined) return { kind: "sqlite", path: resolve(decodePath(path)) };
  if (/^sqlite:/i.test(uri)) {
    throw new InvalidStateUriError(
      "found one of SQLite without a file; three slashes and a path follow sqlite:, and no parameters",
    );
  }
  throw new InvalidStateUriError("found one that starts otherwise");
}

/** What follows a /, ? or # in a password would be taken for the host's port or the database's name, which errors tell. */
function requireWholePassword(uri: string): void {
  if (!/^[^/]+:\/\/[^/?#]+[/?#].*@/s.test(uri)) return;
  throw new InvalidStateUriError(
    "found one of PostgreSQL with an @ after the host; in a user's name or password write %2F for /, %3F for ?, %23 for # and %40 for @",
  );
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new InvalidStateUriError(
      "found one of SQLite with a % that does not begin an escape; write %25 for %",
    );
  }
}
