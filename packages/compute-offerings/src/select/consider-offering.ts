import type { ComputeOffering } from "@conduit/types";
import { plainName } from "../model/quantization.ts";
import type { OfferingConstraints } from "./constraints.ts";
import { gib, list } from "./format.ts";
import type { Layout } from "./layout.ts";
import { type Machine, machineOf } from "./machine.ts";
import { shortageOf } from "./model-shortage.ts";
import { offeringReasons } from "./offering-reasons.ts";
import { Plan } from "./plan.ts";
import { planReasons } from "./plan-reasons.ts";
import type { Planner } from "./planner.ts";
import { because, type Rejection, type RejectionReason } from "./rejection.ts";

/** What an offering is held against. */
export interface Consideration {
  readonly planner: Planner;
  readonly constraints: OfferingConstraints;
  /** By kind of machine, what was found for the first offering of it. */
  readonly fits: Map<string, Layout | RejectionReason>;
}

/** The best plan on an offering, or every reason against it. */
export function considerOffering(offering: ComputeOffering, consideration: Consideration): Plan | Rejection {
  const { constraints } = consideration;
  const machine = machineOf(offering);
  if ("missing" in machine) {
    const { missing, found } = machine;
    const others = offeringReasons(offering, undefined, constraints);
    return { offering, reasons: [because("FACTS", missing, found), ...others] };
  }
  const reasons = offeringReasons(offering, machine, constraints);
  const fit = consideration.fits.get(machine.key) ?? fitOf(machine, consideration);
  consideration.fits.set(machine.key, fit);
  if ("code" in fit) return { offering, reasons: [fit, ...reasons] };
  const plan = planOn(offering, machine, fit, consideration);
  reasons.push(...planReasons(plan, constraints));
  const [first, ...others] = reasons;
  return first === undefined ? plan : { offering, reasons: [first, ...others] };
}

/** The layout on an offering's machines, or why there is none. */
function fitOf(machine: Machine, consideration: Consideration): Layout | RejectionReason {
  const { planner, constraints } = consideration;
  const dtype = dtypeReason(machine, planner);
  if (dtype !== undefined) return dtype;
  const spanning = spanningReason(machine, constraints);
  const singleDevice = constraints.singleDevice === true;
  const layout = planner.layout(machine, { spanning: spanning === undefined, singleDevice });
  if (layout !== undefined) return tooManyGpus(machine, layout, constraints) ?? layout;
  if (spanning !== undefined && planner.layout(machine, { spanning: true, singleDevice })) return spanning;
  if (singleDevice && planner.layout(machine, { spanning: true, singleDevice: false })) {
    return because(
      "SINGLE_DEVICE",
      "one device that holds everything",
      `${gib(machine.usableBytes)} on each`,
    );
  }
  return because(
    "VRAM",
    needs(machine, planner),
    `${machine.deviceCount} x ${gib(planner.budgetBytes(machine))}`,
  );
}

/** Why a machine does not take the format of a model's weights, or the one that was asked for its KV cache. */
function dtypeReason({ architecture }: Machine, { demands, runtime }: Planner): RejectionReason | undefined {
  const refused = demands.find(({ shape }) => !runtime.supports(shape.dtype, architecture));
  const demand =
    refused ??
    demands.find(
      ({ kvDtype = "auto", shape }) =>
        kvDtype !== "auto" &&
        plainName(kvDtype) !== shape.activationDtype &&
        runtime.supportsKvDtype?.(kvDtype, architecture, true) === false,
    );
  if (demand === undefined) return undefined;
  const use = refused ? `runs ${demand.shape.dtype}` : `keeps a KV cache in ${demand.kvDtype}`;
  const able = `a device on which ${runtime.name ?? "the runtime"} ${use} (${demand.id})`;
  return because("DTYPE", able, architecture ?? "the CPU");
}

/** Why a model may not span the GPUs of a machine. */
function spanningReason(
  { interconnect, numaLocal, deviceCount }: Machine,
  constraints: OfferingConstraints,
): RejectionReason | undefined {
  if (deviceCount === 1) return undefined;
  if (constraints.interconnect === true && (interconnect === undefined || interconnect === "PCIE")) {
    return because("INTERCONNECT", "NVLink or Infinity Fabric between the GPUs of a model", interconnect);
  }
  if (constraints.numaLocal === true && numaLocal !== true) {
    const found = numaLocal === undefined ? undefined : "several";
    return because("NUMA", "one NUMA node for the GPUs of a model", found);
  }
  return undefined;
}

function tooManyGpus(
  { deviceCount, architecture }: Machine,
  layout: Layout,
  { numGpus }: OfferingConstraints,
): RejectionReason | undefined {
  const taken = layout.machines.length * deviceCount;
  if (numGpus === undefined || architecture === undefined || taken <= numGpus) return undefined;
  return because("GPU_COUNT", `to fit on ${numGpus} GPUs`, `${taken} that it takes`);
}

function planOn(
  offering: ComputeOffering,
  machine: Machine,
  layout: Layout,
  { planner, constraints }: Consideration,
): Plan {
  return new Plan({
    offering,
    machine,
    layout,
    nodeCount: Math.max(
      layout.machines.length,
      offering.gpuCount && Math.floor((constraints.numGpus ?? 0) / offering.gpuCount),
    ),
    planner,
  });
}

/** What the models need that fit in no way, else all of them, each divided as far as it goes. */
function needs(machine: Machine, planner: Planner): string {
  const sizes = planner.demands.map((_, model) => shortageOf(model, machine, planner, true));
  const alone = sizes.filter(({ fitsAlone }) => !fitsAlone);
  const words = (alone.length > 0 ? alone : sizes).map(({ id, tensorParallel, requiredBytes }) => {
    const devices = tensorParallel === 1 ? "one device" : `each of ${tensorParallel} devices`;
    return `${gib(requiredBytes / tensorParallel)} on ${devices} for ${id}`;
  });
  return list(words, "and");
}
