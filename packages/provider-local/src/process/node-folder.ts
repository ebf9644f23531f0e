import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileSchema } from "@conduit/types";
import { type Static, Type } from "typebox";
import { localError, systemErrorCode } from "../local-error.ts";
import { isAlive, ownProcess, type ProcessIdentity, parseProcessStat } from "../process-identity.ts";

const Process = Type.Object({ pid: Type.Integer(), startTicks: Type.Integer() });

/** What is known of a node before its program runs. */
const NodeRecord = Type.Object({
  name: Type.String(),
  createdAtMs: Type.Integer(),
  /** The process that created the node. */
  creator: Process,
  /** Where the ids of processes hold. */
  machine: Type.Object({ bootId: Type.String(), pidNamespace: Type.String() }),
  /** Without secrets: those are in the environment of the program only. */
  env: Type.Record(Type.String(), Type.String()),
});
export type NodeRecord = Static<typeof NodeRecord>;

const nodeRecord = compileSchema(NodeRecord);
const temporaryPattern = /^\.tmp-(\d+)-(\d+)-/;

/** Whose folder on its way in or out this is; `undefined` for any other name. */
export function ownerOfTemporaryFolder(name: string): ProcessIdentity | undefined {
  const [, pid, startTicks] = temporaryPattern.exec(name) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), startTicks: Number(startTicks) };
}

/** The folder of one node. Its name exists from one moment to the next, complete with its record. */
export class NodeFolder {
  readonly name: string;
  readonly path: string;
  readonly #parent: string;

  constructor(parent: string, name: string) {
    this.name = name;
    this.path = join(parent, name);
    this.#parent = parent;
  }

  /** The program writes its port here. */
  get portFile(): string {
    return join(this.path, "port");
  }

  /** The program listens here for its holders. */
  get holdersSocket(): string {
    return join(this.path, "holders.sock");
  }

  get logFile(): string {
    return join(this.path, "log");
  }

  /** The program's process writes its line of `/proc` here before it becomes the program. */
  get processFile(): string {
    return join(this.path, "process");
  }

  get #recordFile(): string {
    return join(this.path, "node.json");
  }

  get #endedFile(): string {
    return join(this.path, "ended");
  }

  get #terminatingFile(): string {
    return join(this.path, "terminating");
  }

  /** @throws ProviderError when a node of that name is there. */
  async create(record: NodeRecord): Promise<void> {
    const draft = await this.#temporary();
    await mkdir(draft.path, { mode: 0o700 });
    try {
      await writeFile(draft.#recordFile, JSON.stringify(record), { mode: 0o600 });
      await rename(draft.path, this.path);
    } catch (error) {
      await rm(draft.path, { recursive: true, force: true });
      if (systemErrorCode(error) !== "ENOTEMPTY" && systemErrorCode(error) !== "EEXIST") throw error;
      throw localError(`expected no node ${this.name}, but there is one; give every attempt a new name`);
    }
  }

  /** The node's record, or `undefined` when there is no such node. */
  async readRecord(): Promise<NodeRecord | undefined> {
    const text = await readIfPresent(this.#recordFile);
    if (text === undefined) return undefined;
    const check = await nodeRecord.check(parseJson(text));
    if (check.valid) return check.value;
    const [issue] = check.issues;
    throw localError(
      `expected ${this.#recordFile} to describe a node, but ${issue?.path || "it"} ${issue?.message}; ` +
        "end the process of that node if it runs, and remove its folder",
    );
  }

  /** The program's process, `"unknown"` while it may be about to start. */
  async readProcess(): Promise<ProcessIdentity | "unknown"> {
    return parseProcessStat((await readIfPresent(this.processFile)) ?? "") ?? "unknown";
  }

  /** The port that the program listens on, once it has told. */
  async readPort(): Promise<number | undefined> {
    const text = (await readIfPresent(this.portFile))?.trim() ?? "";
    return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
  }

  /** Writes down that the process has ended, and how. */
  async markEnded(how: string): Promise<void> {
    await writeFile(this.#endedFile, how, { mode: 0o600 }).catch(ignoreMissing);
  }

  /** How the process ended, where its creator saw it. */
  async readEnd(): Promise<string | undefined> {
    return readIfPresent(this.#endedFile);
  }

  /** Writes down that this process ends the node. */
  async markTerminating(): Promise<void> {
    const { pid, startTicks } = await ownProcess();
    await writeFile(this.#terminatingFile, `${pid} ${startTicks}`, { mode: 0o600 }).catch(ignoreMissing);
  }

  /** Undoes {@link markTerminating}. */
  async unmarkTerminating(): Promise<void> {
    await rm(this.#terminatingFile, { force: true });
  }

  /** Whether a process that lives ends the node; one that has died before the node did leaves it to others. */
  async isTerminating(): Promise<boolean> {
    const [pid, startTicks] = ((await readIfPresent(this.#terminatingFile)) ?? "").split(" ").map(Number);
    return pid !== undefined && startTicks !== undefined && isAlive({ pid, startTicks });
  }

  /** Takes the node's name away at once, and its files then. */
  async remove(): Promise<void> {
    const gone = await this.takeAway();
    if (gone !== undefined) await gone.destroy();
  }

  /** Renames the folder so that nobody finds it any more; `undefined` when somebody else has. */
  async takeAway(): Promise<NodeFolder | undefined> {
    const gone = await this.#temporary();
    try {
      await rename(this.path, gone.path);
      return gone;
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Undoes {@link takeAway}. */
  async putBack(name: string): Promise<void> {
    await rename(this.path, join(this.#parent, name));
  }

  async destroy(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  async #temporary(): Promise<NodeFolder> {
    const { pid, startTicks } = await ownProcess();
    return new NodeFolder(this.#parent, `.tmp-${pid}-${startTicks}-${randomUUID()}`);
  }
}

/** The value of a JSON text; `undefined` where it is none, as after a power failure. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    ignoreMissing(error);
    return undefined;
  }
}

function ignoreMissing(error: unknown): void {
  if (systemErrorCode(error) !== "ENOENT") throw error;
}
