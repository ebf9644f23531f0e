import { fileURLToPath } from "node:url";
import { runKillable } from "../child-step.ts";

/** What `process-child.ts` does. */
export interface ProcessStep {
  readonly directory: string;
  readonly uri: string;
  /** Name of a scenario. */
  readonly scenario: string;
  readonly task: "operate" | "recover";
  /** Point, from 1 on, at which it kills itself. Default: none. */
  readonly killAt?: number | undefined;
}

const program = fileURLToPath(new URL("./process-child.ts", import.meta.url));

/** Whether the child was killed at its point; otherwise it came to its end. */
export function runProcessStep(step: ProcessStep): Promise<boolean> {
  return runKillable(program, step);
}
