import { readFile } from "node:fs/promises";
import { systemErrorCode } from "../local-error.ts";
import { isAlive, type ProcessIdentity } from "../process-identity.ts";

/** A variable of the environment that a process was started with; `undefined` where it has none of that name, or has ended. */
export async function readVariable(program: ProcessIdentity, name: string): Promise<string | undefined> {
  const variables = (await readEnvironment(program.pid)).split("\0");
  // Another process may have got the id since.
  if (!(await isAlive(program))) return undefined;
  const start = `${name}=`;
  return variables.find((variable) => variable.startsWith(start))?.slice(start.length);
}

async function readEnvironment(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/environ`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(systemErrorCode(error) ?? "")) return "";
    throw error;
  }
}
