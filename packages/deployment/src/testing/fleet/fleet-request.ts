import type { ComputeProvider, StateStore } from "@conduit/types";
import type { DeployRequest } from "../../deploy-request.ts";
import { holderServer } from "../fixture.ts";
import { processLauncher } from "../stand-in/process-launcher.ts";
import { EPOCH_MS, StandInProvider } from "../stand-in/stand-in-provider.ts";

/** What a member of a fleet does. */
export interface FleetTask {
  /** Of the provider. */
  readonly directory: string;
  /** Of the store. */
  readonly uri: string;
  /** Point, from 1 on, at which it kills itself. Default: none. */
  readonly killAt?: number | undefined;
}

export const FLEET_REPLICAS = 2;

/** The machine's time, as a stand-in counts it. */
export const wallClock = { nowMs: () => Date.now() - EPOCH_MS };

/** A provider whose nodes are programs that answer. */
export function fleetProvider(directory: string): StandInProvider {
  const capabilities = { visibilityWindowMs: 500 };
  return new StandInProvider({ directory, clock: wallClock, launcher: processLauncher, capabilities });
}

export function fleetRequest(store: StateStore, provider: ComputeProvider): DeployRequest {
  return {
    store,
    provider,
    runtime: "LM_LITE",
    endpointKeyVariable: "FIXTURE_KEY",
    replicas: FLEET_REPLICAS,
    idleTimeoutSeconds: 300,
    workload: {
      image: "fixture",
      process: { executable: process.execPath, arguments: [holderServer, "{portFile}", "{holders}"] },
      env: {},
      secretEnv: {},
      ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
      healthPath: "/health",
    },
  };
}
