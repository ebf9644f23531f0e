import { isDeepStrictEqual } from "node:util";
import {
  type CallOptions,
  type ComputeOffering,
  type ComputeProvider,
  type DeploymentRow,
  type JsonObject,
  type ListOfferingsOptions,
  nodeNamePrefix,
} from "@conduit/types";
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
  // What another workload takes of its machine, which may be part of the price, no row tells; what this program's own takes says nothing of it.
  const requirements = isSameWorkload(own.spec, spec) ? workload.requirements : undefined;
  const known = requirements === workload.requirements ? own.offerings : [];
  const [first, ...others] = await offeringsFor(provider, row, parsed, known, { ...options, requirements });
  if (first === undefined) {
    return {
      obstacle: "to find a machine as the one that was chosen, at its price, but the provider offers none",
    };
  }
  return {
    plan: {
      ...own,
      request: {
        ...request,
        workload: { ...withSpec(workload, parsed), requirements },
        offering: parsed.offering === undefined ? undefined : first,
      },
      key,
      nodeNamePrefix: nodeNamePrefix(own.storeId.slice(0, 8), key.slice(0, 8)),
      spec,
      offerings: [first, ...others],
    },
  };
}

/** Machines like the one that was chosen, which cost no more: the very one where only that will do, else such with the same GPUs. */
async function offeringsFor(
  provider: ComputeProvider,
  { gpu, gpuCount, plannedPriceMicroDollarsPerHour }: DeploymentRow,
  { offering }: DeploymentSpec,
  known: readonly ComputeOffering[],
  options: ListOfferingsOptions,
): Promise<readonly ComputeOffering[]> {
  const limit = plannedPriceMicroDollarsPerHour * (1 + PRICE_TOLERANCE);
  const fits = (each: ComputeOffering) =>
    (offering === undefined ? each.gpu === gpu && each.gpuCount === gpuCount : each.id === offering) &&
    each.priceMicroDollarsPerHour <= limit;
  const fitting = known.filter(fits);
  return fitting.length > 0 ? fitting : (await provider.listOfferings(options)).filter(fits);
}

/** Whether two specs differ in nothing but the machine. */
function isSameWorkload(spec: JsonObject, other: JsonObject): boolean {
  return isDeepStrictEqual({ ...spec, offering: undefined }, { ...other, offering: undefined });
}

function haveSameNames(names: readonly string[], secrets: Readonly<Record<string, string>>): boolean {
  return names.length === Object.keys(secrets).length && names.every((name) => Object.hasOwn(secrets, name));
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}
