/** One thing that `npm test` does. */
export interface Step {
  readonly name: string;
  /** Names of steps without whose success this one says nothing; it fails with them. */
  readonly needs?: readonly string[];
  /** Resolves to the exit code: 0 is success. */
  run(): Promise<number>;
}

interface StepResult {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "blocked";
  readonly seconds: number;
}

/**
 * Runs the steps in their order, all of them whatever fails, and sums up at the end.
 *
 * @returns The exit code: 0 when every step has passed, otherwise 1.
 */
export async function runSteps(steps: readonly Step[]): Promise<number> {
  const results: StepResult[] = [];
  for (const step of steps) {
    heading(step.name);
    const result = await runStep(step, results);
    results.push(result);
    console.log(line(result));
  }
  heading("summary");
  for (const result of results) console.log(line(result));
  const passed = results.filter((result) => result.outcome === "passed").length;
  console.log(`\nSteps: ${passed} passed, ${results.length - passed} failed`);
  return passed === results.length ? 0 : 1;
}

async function runStep(step: Step, before: readonly StepResult[]): Promise<StepResult> {
  const blockers = before.filter(
    (result) => result.outcome !== "passed" && step.needs?.includes(result.name),
  );
  if (blockers.length > 0) {
    console.log(`needs ${blockers.map((result) => `"${result.name}"`).join(", ")}`);
    return { name: step.name, outcome: "blocked", seconds: 0 };
  }
  const startMs = performance.now();
  let exitCode = 1;
  try {
    exitCode = await step.run();
  } catch (error) {
    console.error(error);
  }
  const seconds = (performance.now() - startMs) / 1000;
  return { name: step.name, outcome: exitCode === 0 ? "passed" : "failed", seconds };
}

function heading(text: string): void {
  console.log(`\n── ${text} ${"─".repeat(Math.max(0, 76 - text.length))}`);
}

function line(result: StepResult): string {
  return `${result.outcome.padEnd(7)}  ${result.seconds.toFixed(1).padStart(6)} s  ${result.name}`;
}
