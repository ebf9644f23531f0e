import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeSpec } from "@conduit/types";
import { ManualClock } from "../clock/manual-clock.ts";
import type { Fault } from "./fault.ts";
import { standInOfferings } from "./offerings.ts";
import { type StandInOptions, StandInProvider } from "./stand-in-provider.ts";
import { StandInWorld } from "./stand-in-world.ts";

const [small, large] = standInOfferings("RUNPOD");
if (small === undefined || large === undefined) throw new Error("expected two offerings");
export const offerings = { small, large };

/** A folder for one test, with a clock that only the test moves. */
export class StandInFixture implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), "cs-"));
  readonly clock = new ManualClock();
  readonly world = new StandInWorld(this.directory, this.clock);

  provider(faults?: readonly Fault[], options: Partial<StandInOptions> = {}): StandInProvider {
    return new StandInProvider({ directory: this.directory, clock: this.clock, faults, ...options });
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

export function nodeSpec(name: string, change: Partial<NodeSpec> = {}): NodeSpec {
  return {
    name,
    offering: small ?? offerings.small,
    workload: {
      image: "image",
      env: { MODELS: "[]" },
      secretEnv: { KEY: "secret" },
      ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
      healthPath: "/health",
    },
    ...change,
  };
}
