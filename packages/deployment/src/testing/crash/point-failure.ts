import { StateStoreUnavailableError } from "@conduit/state";
import { ProviderError } from "@conduit/types";

/** What a call throws whose point fails: before, nothing has happened yet; after, all has, but the answer is lost. */
export function pointFailure(point: string): Error {
  if (point.endsWith("transaction")) {
    return new StateStoreUnavailableError("the store of the harness", `the connection broke ${point}`);
  }
  const message = `the connection broke ${point}`;
  return new ProviderError(message, { provider: "RUNPOD", outcome: "maybe", retry: "later" });
}
