import { hostname } from "node:os";
import type { EventRow, StateTransaction } from "@conduit/types";

/** Appends an event of this process. */
export type AppendEvent = (
  action: string,
  outcome: EventRow["outcome"],
  about: Pick<EventRow, "deploymentId" | "nodeName" | "detail">,
) => Promise<void>;

const actor = `${hostname()}:${process.pid}`;

export function eventsOf(transaction: StateTransaction): AppendEvent {
  return (action, outcome, about) => transaction.appendEvent({ actor, action, outcome, ...about });
}
