import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { AttachmentRow, StateTransaction } from "@conduit/types";
import { processIdentity } from "./process-identity.ts";

/** Time in milliseconds for which an attachment counts without being renewed. */
const LEASE_MS = 60_000;
/** Time in milliseconds that programs have to deploy what was adopted before it counts as unused. */
const ADOPTION_MS = 3_600_000;

/** That this process uses a deployment, as the store knows it. */
export class Attachment {
  readonly id = randomUUID();
  /** Requests that this process has under way or waiting. */
  outstanding = 0;
  /** Names of nodes to which this process may send requests, or that answer some of its own. */
  nodesInUse: readonly string[] = [];
  readonly #process: string | undefined;

  private constructor(process: string | undefined) {
    this.#process = process;
  }

  static async create(): Promise<Attachment> {
    return new Attachment(await processIdentity());
  }

  /** The row that says so for another while. */
  row(deploymentId: string, { nowMs }: StateTransaction): AttachmentRow {
    return {
      id: this.id,
      deploymentId,
      host: hostname(),
      pid: process.pid,
      process: this.#process,
      outstanding: this.outstanding,
      nodesInUse: this.nodesInUse,
      leaseExpiresAtMs: nowMs + LEASE_MS,
    };
  }
}

/** That somebody will soon use a deployment whose nodes were adopted; over once somebody does. */
export function adoptionRow(deploymentId: string, { nowMs }: StateTransaction): AttachmentRow {
  return {
    id: adoptionId(deploymentId),
    deploymentId,
    host: hostname(),
    pid: process.pid,
    outstanding: 0,
    leaseExpiresAtMs: nowMs + ADOPTION_MS,
  };
}

export function adoptionId(deploymentId: string): string {
  return `adoption of ${deploymentId}`;
}
