import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives this process, and those that it starts, a state database that goes when it ends. */
export function useTemporaryDatabase(): void {
  process.env.CONDUIT_DB_URI = temporaryDatabase();
}

/** URI of a state database that goes when this process ends. */
export function temporaryDatabase(): string {
  const folder = mkdtempSync(join(tmpdir(), "conduit-state-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:///${join(folder, "conduit.db")}`;
}
