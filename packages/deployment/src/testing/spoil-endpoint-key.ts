import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Makes the endpoint key of a deployment one that was encrypted with a secret that nobody has. In a process of its own: SQLite's locks are
 * those of a process, and this one may have the database open.
 */
export async function spoilEndpointKey(directory: string, deploymentId: string): Promise<void> {
  const program = `
    const { DatabaseSync } = require("node:sqlite");
    const [path, id] = process.argv.slice(1);
    const database = new DatabaseSync(path, { timeout: 30_000 });
    const sealed = "v1:0123456789abcdef:AAAA";
    database.prepare("update conduit_deployments set sealed_endpoint_key = ? where id = ?").run(sealed, id);
    database.close();
  `;
  const path = join(directory, "conduit.db");
  await promisify(execFile)(process.execPath, ["--no-warnings", "-e", program, path, deploymentId]);
}
