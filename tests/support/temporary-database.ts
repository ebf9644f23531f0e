import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives this process, and those that it starts, a state database that goes when it ends. */
export function useTemporaryDatabase(): void {
  const folder = mkdtempSync(join(tmpdir(), "conduit-state-"));
  process.env.CONDUIT_DB_URI = `sqlite:///${join(folder, "conduit.db")}`;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
}
