import { addUsage, ConduitError, type Usage } from "@conduit/types";
import { EndpointError } from "./endpoint-error.ts";
import { EndpointUnreachableError } from "./endpoint-unreachable-error.ts";

/** What was asked and paid before something failed. */
export interface Paid {
  readonly usage: Usage;
  /** Which try failed, from 1. */
  readonly tries: number;
}

/** Gives the error that one try ended with the usage of those before it; errors of others stay as they are. */
export function addPaid(error: unknown, { usage, tries }: Paid): unknown {
  if (!EndpointError.isInstance(error) && !EndpointUnreachableError.isInstance(error)) return error;
  return Object.assign(error, { usage: addUsage(usage, error.usage), tries });
}

/** The usage that an error carries. */
export function paidUsage(error: unknown): Usage | undefined {
  if (!ConduitError.isInstance(error) || !("usage" in error)) return undefined;
  return error.usage as Usage;
}
