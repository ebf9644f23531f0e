import { type ParseArgsConfig, parseArgs } from "node:util";
import type { Objective, OfferingConstraints } from "@conduit/compute-offerings";
import { GpuArchitecture } from "@conduit/types";
import { UsageError } from "./usage-error.ts";

const OPTIONS = {
  "max-len": { type: "string", multiple: true },
  concurrency: { type: "string", multiple: true },
  gpus: { type: "string" },
  objective: { type: "string", default: "cheapest" },
  runtime: { type: "string", default: "lm-lite" },
  quantization: { type: "string" },
  "kv-dtype": { type: "string" },
  replicas: { type: "string" },
  gpu: { type: "string" },
  architecture: { type: "string", multiple: true },
  "num-gpus": { type: "string" },
  region: { type: "string", multiple: true },
  enterprise: { type: "boolean" },
  "single-device": { type: "boolean" },
  interconnect: { type: "boolean" },
  "numa-local": { type: "boolean" },
  spot: { type: "boolean" },
  "on-demand": { type: "boolean" },
  "max-price": { type: "string" },
  "max-available": { type: "boolean" },
  "min-available": { type: "string" },
  "min-uptime": { type: "string" },
  "min-tokens-per-second": { type: "string" },
  "max-first-token-ms": { type: "string" },
  revision: { type: "string" },
  offline: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
  version: { type: "boolean", default: false },
} as const satisfies ParseArgsConfig["options"];

const OBJECTIVES: readonly Objective[] = ["cheapest", "cheapest-per-vram", "cheapest-per-token", "fastest"];

/** What to plan, as it was written. */
export interface PlanCommand {
  readonly models: readonly {
    readonly name: string;
    readonly maxModelLen: number;
    readonly maxModelConcurrency: number;
  }[];
  readonly offeringsFile: string;
  readonly objective: Objective;
  readonly runtime: string;
  readonly quantization: string | undefined;
  readonly kvDtype: string | undefined;
  readonly replicas: number | undefined;
  readonly constraints: OfferingConstraints;
  readonly revision: string | undefined;
  readonly offline: boolean;
  readonly json: boolean;
}

/** @throws UsageError for arguments that the command does not take. */
export function parseCommand(args: readonly string[]): PlanCommand | "help" | "version" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  if (values.version) return "version";
  const [verb, ...names] = positionals;
  if (verb !== "plan") throw new UsageError(`Expected the command plan, found ${verb ?? "none"}.`);
  if (names.length === 0) throw new UsageError("Expected a model folder or id, found none.");
  if (values.gpus === undefined)
    throw new UsageError("Expected --gpus with a file of offerings, found none.");
  if (values.spot && values["on-demand"]) throw new UsageError("Expected --spot or --on-demand, found both.");
  const objective = OBJECTIVES.find((one) => one === values.objective);
  if (objective === undefined) {
    throw new UsageError(
      `Expected --objective to be one of ${OBJECTIVES.join(", ")}, found ${values.objective}.`,
    );
  }
  const lengths = counts("max-len", values["max-len"] ?? ["1024"], names);
  const concurrencies = counts("concurrency", values.concurrency ?? ["1"], names);
  const maxPrice = amount("max-price", values["max-price"]);
  return {
    models: names.map((name, index) => ({
      name,
      maxModelLen: lengths[index] ?? 1024,
      maxModelConcurrency: concurrencies[index] ?? 1,
    })),
    offeringsFile: values.gpus,
    objective,
    runtime: values.runtime,
    quantization: values.quantization,
    kvDtype: values["kv-dtype"],
    replicas: amount("replicas", values.replicas),
    constraints: {
      gpu: values.gpu,
      architecture: values.architecture?.map(architecture),
      numGpus: amount("num-gpus", values["num-gpus"]),
      regions: values.region,
      enterprise: values.enterprise,
      singleDevice: values["single-device"],
      interconnect: values.interconnect,
      numaLocal: values["numa-local"],
      maxAvailable: values["max-available"],
      spot: values.spot === true ? true : values["on-demand"] === true ? false : undefined,
      maxPriceMicroDollarsPerHour: maxPrice === undefined ? undefined : Math.round(maxPrice * 1e6),
      minAvailable: amount("min-available", values["min-available"]),
      minUptimePercent: amount("min-uptime", values["min-uptime"]),
      minTokensPerSecond: amount("min-tokens-per-second", values["min-tokens-per-second"]),
      maxTimeToFirstTokenMs: amount("max-first-token-ms", values["max-first-token-ms"]),
    },
    revision: values.revision,
    offline: values.offline,
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

/** One number for each model: the option once for all of them, or once for each in their order. */
function counts(option: string, texts: readonly string[], names: readonly string[]): readonly number[] {
  if (texts.length !== 1 && texts.length !== names.length) {
    throw new UsageError(
      `Expected --${option} once, or once for each of ${names.length} models, found ${texts.length}.`,
    );
  }
  const numbers = texts.map((text) => amount(option, text) ?? 1);
  return names.map((_, index) => numbers[index] ?? numbers[0] ?? 1);
}

function amount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(text))
    throw new UsageError(`Expected --${option} to be a number, found ${text}.`);
  return Number(text);
}

function architecture(text: string): GpuArchitecture {
  const found = GpuArchitecture.enum.find((one) => one === text.toUpperCase());
  if (found !== undefined) return found;
  throw new UsageError(
    `Expected --architecture to be one of ${GpuArchitecture.enum.join(", ")}, found ${text}.`,
  );
}
