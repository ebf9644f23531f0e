import type { ProcessOutcome } from "./run-process.ts";
import type { SystemCommandOperation } from "./system-command-operation.ts";
import type { SystemCommandSettings } from "./system-command-options.ts";

/** What a shell did with a command, or why the system would not start it with that command. */
export type ShellOutcome = ProcessOutcome | { readonly unstartable: string };

/** Whether the shell was asked to check the command's syntax, or to run it; or a program runs without one. */
export type ShellPhase = "check" | "run" | "run-program";

type Failure = Extract<SystemCommandOperation, { success: false }>;

/** Whether the shell came to its end by itself and was content. */
export function isSuccess(outcome: ShellOutcome): outcome is ProcessOutcome {
  return "exitCode" in outcome && outcome.exitCode === 0 && outcome.stopCause === undefined;
}

/** What a command came to, in the words of the operation. */
export function toOperation(
  command: string,
  phase: ShellPhase,
  outcome: ShellOutcome,
  settings: Pick<SystemCommandSettings, "shell" | "timeoutMs" | "maxOutputBytes">,
): SystemCommandOperation {
  const syntaxOk = phase !== "check";
  if ("unstartable" in outcome) {
    const reason = `${subjectOf(phase)} could not be started with this command: ${outcome.unstartable}.`;
    return failure(command, { syntaxOk, failure: "start", reason });
  }
  const { stdout, stderr, exitCode: returnCode, isTruncated, stopCause } = outcome;
  const output = {
    stdout,
    stderr,
    ...(isTruncated && stopCause === undefined && { truncated: true as const }),
  };
  if (phase !== "check" && isSuccess(outcome)) {
    return { success: true, command, ...output, returnCode: 0, syntaxOk: true };
  }
  const [kind, reason] = explain(phase, outcome, settings);
  return failure(command, { ...output, returnCode, syntaxOk, failure: kind, reason });
}

function subjectOf(phase: ShellPhase): string {
  return phase === "run-program" ? "The program" : "The shell";
}

/** A failed operation of a command that nothing else is known of. */
export function failure(
  command: string,
  known: Pick<Failure, "syntaxOk" | "failure" | "reason"> & Partial<Failure>,
): Failure {
  return { success: false, command, stdout: "", stderr: "", returnCode: null, ...known };
}

function explain(
  phase: ShellPhase,
  { exitCode, exitSignal, stopCause }: ProcessOutcome,
  { shell, timeoutMs, maxOutputBytes }: Pick<SystemCommandSettings, "shell" | "timeoutMs" | "maxOutputBytes">,
): readonly [Failure["failure"], reason: string] {
  if (stopCause === "timeout") {
    return [
      "timeout",
      `The command was stopped because it did not end within ${timeoutMs / 1000} seconds (timeoutSeconds).`,
    ];
  }
  if (stopCause !== undefined) {
    const stream = stopCause === "stdout-limit" ? "stdout" : "stderr";
    return [
      "output-limit",
      `The command was stopped because it wrote more than ${maxOutputBytes} bytes to ${stream} (maxOutputBytes).`,
    ];
  }
  if (exitSignal !== null) return ["signal", `${subjectOf(phase)} was ended by ${exitSignal}.`];
  if (phase === "check") return ["syntax", `${shell} cannot parse the command; stderr says why.`];
  return ["exit", `The command exited with code ${exitCode}.`];
}
