import {
  LM_LITE_PROFILE,
  type OfferingWorkload,
  selectOffering,
  vllmProfile,
} from "@conduit/compute-offerings";
import { ConduitError } from "@conduit/types";
import { type PlanCommand, parseCommand } from "./command-arguments.ts";
import { loadModel } from "./load-model.ts";
import { loadOfferings } from "./load-offerings.ts";
import { printSelection } from "./print-selection.ts";
import { USAGE } from "./usage.ts";
import { UsageError } from "./usage-error.ts";

/** What a run of the command leaves: it prints nothing itself. */
interface CommandResult {
  /** 0, 1 where nothing fits or something cannot be read, or 2 after wrong usage. */
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `compute-offerings` with the arguments after its name. */
export async function runCommand(args: readonly string[], version: string): Promise<CommandResult> {
  try {
    const command = parseCommand(args);
    if (command === "help") return { exitCode: 0, stdout: USAGE, stderr: "" };
    if (command === "version") return { exitCode: 0, stdout: `${version}\n`, stderr: "" };
    return { exitCode: 0, stdout: await plan(command), stderr: "" };
  } catch (error) {
    if (UsageError.isInstance(error)) return failure(2, `${error.message}\n\n${USAGE}`);
    if (ConduitError.isInstance(error)) return failure(1, `${error.message}\n`);
    throw error;
  }
}

async function plan(command: PlanCommand): Promise<string> {
  const { constraints, objective, json } = command;
  const offerings = await loadOfferings(command.offeringsFile);
  const selection = selectOffering({
    workload: await workloadOf(command),
    offerings,
    constraints,
    objective,
  });
  return json ? `${JSON.stringify(selection, undefined, 2)}\n` : printSelection(selection);
}

async function workloadOf(command: PlanCommand): Promise<OfferingWorkload> {
  const { quantization, kvDtype, replicas } = command;
  const models = await Promise.all(
    command.models.map(async ({ name, maxModelLen, maxModelConcurrency }) => {
      const { id, config, quantizationConfig, safetensorsBytes } = await loadModel(name, command);
      const lengths = { maxModelLen, maxModelConcurrency };
      return { id, config, quantizationConfig, safetensorsBytes, ...lengths, quantization, kvDtype };
    }),
  );
  return { models, runtime: runtimeOf(command.runtime), replicas };
}

function runtimeOf(name: string) {
  if (name === "lm-lite") return LM_LITE_PROFILE;
  const [runtime, version] = name.split("@");
  if (runtime === "vllm" && version !== undefined) return vllmProfile(version);
  throw new UsageError(
    `Expected --runtime to be lm-lite or a version of vLLM such as vllm@0.19.0, found ${name}.`,
  );
}

function failure(exitCode: 1 | 2, stderr: string): CommandResult {
  return { exitCode, stdout: "", stderr };
}
