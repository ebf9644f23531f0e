import type { CallOptions, ProviderError, ProviderNodeStatus } from "@conduit/types";
import type { ContainerInspectInfo } from "dockerode";
import { containerLogTail } from "./container-log.ts";
import { isCreatorGone } from "./creator.ts";
import type { Daemon } from "./daemon.ts";
import { NoGpuError } from "./errors/no-gpu-error.ts";
import { explainReason } from "./explain-failure.ts";
import { lacksGpu } from "./gpu/required-gpu.ts";
import { CREATED_LABEL, CREATOR_LABEL, type Labels } from "./labels.ts";
import { isMarkedStopped } from "./stop-marker.ts";

const FAILURE_LOG_LINES = 20;
/** Longest time in milliseconds from a container's creation to its start, clocks that differ included. */
const START_PATIENCE_MS = 300_000;
/** The end that programs choose, and the one by SIGTERM, as `docker stop` asks for it. */
const ORDERLY_EXIT_CODES = [0, 143];

/** How a container is, in the words of providers. */
export interface ContainerState {
  readonly status: ProviderNodeStatus;
  readonly failure?: string | undefined;
  readonly failureCause?: ProviderError | undefined;
}

export async function containerState(
  daemon: Daemon,
  name: string,
  { State: state, Config: { Labels: labels, Env: env } }: ContainerInspectInfo,
  options: CallOptions,
): Promise<ContainerState> {
  switch (state.Status) {
    case "running":
      return { status: "running" };
    case "paused":
      return { status: "stopped" };
    case "restarting":
      return { status: "creating" };
    case "removing":
      return { status: "terminating" };
    case "created":
      return createdState(state.Error, labels);
    case "dead":
      return failed("Docker could not remove its container; terminate it again");
  }
  const { ExitCode: exitCode, OOMKilled: outOfMemory, StartedAt: startedAt } = state;
  if (ORDERLY_EXIT_CODES.includes(exitCode)) return { status: "stopped" };
  if (await isMarkedStopped(daemon, name, startedAt, options)) return { status: "stopped" };
  const how = outOfMemory ? "it ran out of memory and was killed" : `exit code ${exitCode}`;
  const said = state.Error === "" ? "" : `; Docker says: ${state.Error}`;
  const tail = await containerLogTail(daemon, name, FAILURE_LOG_LINES);
  const log = tail === "" ? " and logged nothing" : `; the end of its log:\n${tail}`;
  const failure = `the container has ended (${how})${said}${log}`;
  return lacksGpu(exitCode, env)
    ? { ...failed(failure), failureCause: new NoGpuError(name, log) }
    : failed(failure);
}

/** A container that has never run: about to start, or left behind. */
async function createdState(error: string, labels: Labels): Promise<ContainerState> {
  if (error !== "") {
    return failed(explainReason(error)?.message ?? `Docker could not start the container: ${error}`);
  }
  const ageMs = Date.now() - Number(labels[CREATED_LABEL]);
  if (ageMs < START_PATIENCE_MS && !(await isCreatorGone(labels[CREATOR_LABEL])))
    return { status: "creating" };
  return failed("whoever created its container has ended without starting it");
}

function failed(failure: string): ContainerState {
  return { status: "failed", failure };
}
