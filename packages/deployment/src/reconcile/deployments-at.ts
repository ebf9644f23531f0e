import type { ComputeProvider, DeploymentRow } from "@conduit/types";
import { ScopeChangedError } from "../deployment-error.ts";
import { collecting } from "./collecting.ts";
import type { ReconcileRequest } from "./reconcile-request.ts";

/** The deployments of a namespace, by where they run. */
export interface DeploymentsAt {
  /** Those at the providers that were named. */
  readonly here: readonly { readonly deployment: DeploymentRow; readonly provider: ComputeProvider }[];
  /** All others. */
  readonly elsewhere: readonly DeploymentRow[];
}

/**
 * Looks which deployments run at the providers that were named. Where one of these has another scope than a deployment at a provider of that
 * name, that is an error, since it may be meant to be the same.
 */
export async function deploymentsAt(
  { store, providers, namespace = "default", signal }: ReconcileRequest,
  errors: unknown[],
): Promise<DeploymentsAt> {
  const scopes = await Promise.all(
    providers.map((provider) => collecting(errors, () => provider.scope({ signal }))),
  );
  const rows = await store.transaction((transaction) => transaction.listDeployments(namespace), { signal });
  const here: { deployment: DeploymentRow; provider: ComputeProvider }[] = [];
  const elsewhere: DeploymentRow[] = [];
  for (const deployment of rows) {
    const provider = providers.find(
      ({ name }, index) => name === deployment.provider && scopes[index] === deployment.scope,
    );
    if (provider === undefined) elsewhere.push(deployment);
    else here.push({ deployment, provider });
  }
  const known = providers.map(({ name }, index) => ({ name, scope: scopes[index] }));
  errors.push(...changedScopes(elsewhere, known));
  return { here, elsewhere };
}

interface KnownProvider {
  readonly name: ComputeProvider["name"];
  /** Absent where it could not be asked. */
  readonly scope: string | undefined;
}

/** One for each scope that a provider of the same name does not have. */
function changedScopes(
  elsewhere: readonly DeploymentRow[],
  providers: readonly KnownProvider[],
): ScopeChangedError[] {
  const places = Map.groupBy(elsewhere, ({ provider, scope }) => JSON.stringify([provider, scope]));
  return [...places.values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined) return [];
    const scopes = providers.filter(({ name }) => name === first.provider).map(({ scope }) => scope);
    const found = scopes.filter((scope) => scope !== undefined);
    // One that cannot be asked may be the right one.
    if (found.length === 0 || found.length < scopes.length) return [];
    const deploymentIds = rows.map(({ id }) => id);
    return [new ScopeChangedError(first.provider, first.scope, found.join(", "), { deploymentIds })];
  });
}
