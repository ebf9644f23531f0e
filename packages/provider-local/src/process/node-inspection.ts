import type { ProviderNode, ProviderNodeStatus } from "@conduit/types";
import { isAlive, type MachineIdentity, machineIdentity, type ProcessIdentity } from "../process-identity.ts";
import type { NodeFolder, NodeRecord } from "./node-folder.ts";
import { readLogTail } from "./node-log.ts";

const FAILURE_LOG_LINES = 20;

/** A node as its folder and the processes of this machine show it. */
export interface NodeInspection {
  readonly folder: NodeFolder;
  readonly record: NodeRecord;
  /** The program's process, while it lives. */
  readonly process: ProcessIdentity | undefined;
  readonly creatorAlive: boolean;
  /** Whether the program runs, or may be about to. */
  readonly alive: boolean;
}

/** Looks at a node; `undefined` where there is none, or only one of another container. */
export async function inspectNode(folder: NodeFolder): Promise<NodeInspection | undefined> {
  const record = await folder.readRecord();
  if (record === undefined) return undefined;
  const machine = await machineIdentity();
  if (isElsewhere(record, machine)) return undefined;
  const sameBoot = record.machine.bootId === machine.bootId;
  const creatorAlive = sameBoot && (await isAlive(record.creator));
  if (!sameBoot || (await folder.readEnd()) !== undefined) {
    return { folder, record, process: undefined, creatorAlive, alive: false };
  }
  const written = await folder.readProcess();
  if (written === "unknown") {
    return { folder, record, process: undefined, creatorAlive, alive: creatorAlive };
  }
  const alive = await isAlive(written);
  return { folder, record, process: alive ? written : undefined, creatorAlive, alive };
}

/** A node as the interface of providers has it. */
export async function describeNode({
  folder,
  record,
  process,
  alive,
}: NodeInspection): Promise<ProviderNode> {
  const port = await folder.readPort();
  const status = await statusOf(folder, alive, process !== undefined && port !== undefined);
  return {
    id: record.name,
    name: record.name,
    status,
    baseUrl: port === undefined ? undefined : `http://127.0.0.1:${port}`,
    env: record.env,
    priceMicroDollarsPerHour: 0,
    failure: status === "failed" ? await describeFailure(folder) : undefined,
    createdAtMs: record.createdAtMs,
  };
}

async function statusOf(folder: NodeFolder, alive: boolean, listens: boolean): Promise<ProviderNodeStatus> {
  if (await folder.isTerminating()) return "terminating";
  if (!alive) return "failed";
  return listens ? "running" : "creating";
}

async function describeFailure(folder: NodeFolder): Promise<string> {
  const end = await folder.readEnd();
  const how = end === undefined ? "" : ` (${end})`;
  const tail = await readLogTail(folder.logFile, FAILURE_LOG_LINES);
  return `the process has ended${how}${tail === "" ? " and logged nothing" : `; the end of its log:\n${tail}`}`;
}

/** Process ids of another container on this machine say nothing here. */
function isElsewhere(record: NodeRecord, machine: MachineIdentity): boolean {
  return record.machine.bootId === machine.bootId && record.machine.pidNamespace !== machine.pidNamespace;
}
