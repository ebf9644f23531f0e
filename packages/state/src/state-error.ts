import { ConduitError, type ConduitErrorOptions, type DeploymentRow } from "@conduit/types";

/** Base of what can go wrong with a state store. */
export abstract class StateError extends ConduitError {}

/** A row does not fit the rows that are there. */
export class StateConflictError extends StateError {
  static readonly code = "STATE_CONFLICT";
  readonly code = StateConflictError.code;
}

/** A number that is not whole, or beyond 2^53, cannot be kept. */
export class InvalidStateNumberError extends StateError {
  static readonly code = "INVALID_STATE_NUMBER";
  readonly code = InvalidStateNumberError.code;
  readonly field: string;

  constructor(what: string, field: string, found: number) {
    super(`expected ${field} of ${what} to be a whole number below 2^53, but found ${found}`);
    this.field = field;
  }
}

/** A store, or a transaction of it, was used after its end. */
export class StateStoreClosedError extends StateError {
  static readonly code = "STATE_STORE_CLOSED";
  readonly code = StateStoreClosedError.code;

  constructor(what: "store" | "transaction", options?: ConduitErrorOptions) {
    super(
      what === "store"
        ? "expected an open state store, but it was closed; open another"
        : "expected a transaction under way, but it has ended; await everything inside its body",
      options,
    );
  }
}

export function duplicateKeyError(row: DeploymentRow, otherId: string): StateConflictError {
  return new StateConflictError(
    `expected at most one deployment of key ${row.key} in namespace "${row.namespace}", but found ${otherId} beside ${row.id}`,
  );
}

export function missingEndpointKeyError({ id }: DeploymentRow): StateConflictError {
  return new StateConflictError(
    `expected deployment ${id} to have an endpoint key, or to be there already, but found neither`,
  );
}

export function missingDeploymentError(what: string, deploymentId: string): StateConflictError {
  return new StateConflictError(
    `expected ${what} to belong to a deployment, but there is none with id ${deploymentId}`,
  );
}
