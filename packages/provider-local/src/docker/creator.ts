import { hostname } from "node:os";
import { compileSchema } from "@conduit/types";
import { type Static, Type } from "typebox";
import { isAlive, machineIdentity, ownProcess } from "../process-identity.ts";

/** The process that creates a node, as others look it up. */
const Creator = Type.Object({
  host: Type.String(),
  bootId: Type.String(),
  pidNamespace: Type.String(),
  pid: Type.Integer(),
  startTicks: Type.Integer(),
});
type Creator = Static<typeof Creator>;

const creatorSchema = compileSchema(Creator);

/** This process as the value of a label; empty on systems that do not show their processes. */
export async function creatorLabel(): Promise<string> {
  if (process.platform !== "linux") return "";
  const [machine, { pid, startTicks }] = await Promise.all([machineIdentity(), ownProcess()]);
  const creator: Creator = { host: hostname(), ...machine, pid, startTicks };
  return JSON.stringify(creator);
}

/** Whether the label names this process. */
export async function isThisProcess(label: string | undefined): Promise<boolean> {
  return Boolean(label) && label === (await creatorLabel());
}

/** Whether the process of the label has certainly ended. Nothing is certain of other machines, or of other containers. */
export async function isCreatorGone(label: string | undefined): Promise<boolean> {
  if (!label || process.platform !== "linux") return false;
  const check = await creatorSchema.check(parse(label));
  if (!check.valid) return false;
  const creator = check.value;
  const machine = await machineIdentity();
  // The same machine has started anew since.
  if (creator.bootId !== machine.bootId) return creator.host === hostname();
  return creator.pidNamespace === machine.pidNamespace && !(await isAlive(creator));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
