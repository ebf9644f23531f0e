import { coreScenarios } from "./core-scenarios.ts";
import type { Scenario } from "./scenario.ts";
import { toyScenario } from "./toy-controller.ts";

const scenarios: readonly Scenario[] = [toyScenario(), ...coreScenarios];

/** The scenario of that name, for a process that is told no more. */
export function findScenario(name: string): Scenario {
  const scenario = scenarios.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`expected a scenario, but none is called ${name}`);
  return scenario;
}
