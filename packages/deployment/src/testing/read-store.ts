import type { StateTransaction } from "@conduit/types";
import type { DeployRequest } from "../deploy-request.ts";

/** Reads from the store of a request. */
export const read = <T>(
  request: DeployRequest,
  body: (transaction: StateTransaction) => Promise<T>,
): Promise<T> => request.store.transaction(body);

/** What the store of a request says that was done. */
export const eventsOf = async (request: DeployRequest) =>
  (await read(request, (transaction) => transaction.listEvents())).map(
    ({ action, outcome }) => `${action} ${outcome}`,
  );
