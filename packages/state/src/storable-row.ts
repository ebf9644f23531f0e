import type { AttachmentRow, DeploymentRow, EventRow, NodeRow, TombstoneRow } from "@conduit/types";
import { requireWholeNumbers } from "./require-whole-numbers.ts";

export function storableDeployment(row: DeploymentRow): DeploymentRow {
  requireWholeNumbers(`deployment ${row.id}`, row);
  return row;
}

export function storableNode(row: NodeRow): NodeRow {
  requireWholeNumbers(`node ${row.name}`, row);
  return row.lastError === undefined ? row : { ...row, lastError: storableText(row.lastError) };
}

export function storableAttachment(row: AttachmentRow): AttachmentRow {
  requireWholeNumbers(`attachment ${row.id}`, row);
  return row;
}

export function storableTombstone(row: TombstoneRow): TombstoneRow {
  requireWholeNumbers(`tombstone ${row.nodeName}`, row);
  return { ...row, reason: storableText(row.reason) };
}

export function storableEvent<Event extends Pick<EventRow, "detail">>(event: Event): Event {
  return event.detail === undefined ? event : { ...event, detail: storableText(event.detail) };
}

/**
 * Text that every database can keep. PostgreSQL refuses the character NUL, and half of a surrogate pair is no UTF-8; both come with
 * the ends of logs, and a failure must not be lost because of how it reads.
 */
function storableText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}
