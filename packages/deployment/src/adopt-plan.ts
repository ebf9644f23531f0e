import { type CallOptions, type ComputeOffering, type DeploymentRow, nodeNamePrefix } from "@conduit/types";
import { deploymentKey } from "./deployment-key.ts";
import type { DeploymentPlan } from "./deployment-plan.ts";
import { type DeploymentSpec, parseSpec, withSpec } from "./deployment-spec.ts";

/** Share by which a machine may cost more than the one that an update has chosen, for rounding. */
const PRICE_TOLERANCE = 0.01;

/** What a program knows after another one has updated its deployment. */
export type Adoption =
  | { readonly plan: DeploymentPlan; readonly obstacle?: undefined }
  /** Why it cannot create nodes of it, as the end of a sentence that expects something of this program. */
  | { readonly plan?: undefined; readonly obstacle: string };

/**
 * The plan of a program as another program has updated it. Rows tell all of it but the values of secrets; of those the program has its own,
 * and they will do where they have the same names.
 */
export async function adoptPlan(
  own: DeploymentPlan,
  row: DeploymentRow,
  options: CallOptions,
): Promise<Adoption> {
  const { request, namespace, scope } = own;
  const { runtime, provider, workload } = request;
  const { key, spec, secretNames } = row;
  const parsed = await parseSpec(spec);
  const isWhole = deploymentKey({ namespace, runtime, provider: provider.name, scope, spec }) === key;
  if (parsed === undefined || !isWhole) {
    return { obstacle: "to understand what it runs now, but another version of Conduit has written that" };
  }
  if (secretNames === undefined || !haveSameNames(secretNames, workload.secretEnv)) {
    const needed = secretNames === undefined ? "secrets that it does not tell" : listOf(secretNames);
    return { obstacle: `to have the same secrets, but it needs ${needed} now` };
  }
  const [first, ...others] = await offeringsFor(own, row, parsed, options);
  if (first === undefined) {
    return { obstacle: "to find a machine as the one that was chosen, but the provider offers none" };
  }
  return {
    plan: {
      ...own,
      request: {
        ...request,
        workload: withSpec(workload, parsed),
        offering: parsed.offering === undefined ? undefined : first,
      },
      key,
      nodeNamePrefix: nodeNamePrefix(own.storeId.slice(0, 8), key.slice(0, 8)),
      spec,
      offerings: [first, ...others],
    },
  };
}

/** Machines like the one that was chosen: the very one where only that will do, else such with the same GPUs that cost no more. */
async function offeringsFor(
  { request: { provider }, offerings: own }: DeploymentPlan,
  { gpu, gpuCount, plannedPriceMicroDollarsPerHour }: DeploymentRow,
  { offering }: DeploymentSpec,
  options: CallOptions,
): Promise<readonly ComputeOffering[]> {
  const limit = plannedPriceMicroDollarsPerHour * (1 + PRICE_TOLERANCE);
  const fits = (each: ComputeOffering) =>
    offering === undefined
      ? each.gpu === gpu && each.gpuCount === gpuCount && each.priceMicroDollarsPerHour <= limit
      : each.id === offering;
  const known = own.filter(fits);
  return known.length > 0 ? known : (await provider.listOfferings(options)).filter(fits);
}

function haveSameNames(names: readonly string[], secrets: Readonly<Record<string, string>>): boolean {
  return names.length === Object.keys(secrets).length && names.every((name) => Object.hasOwn(secrets, name));
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}
