import { LocalProvider } from "@conduit/provider-local";
import type { DeployRequest } from "../deploy-request.ts";
import { type Faults, FaultyProvider } from "./faulty-provider.ts";
import { fixtureRequest } from "./fixture.ts";

/** A deployment of the holder server at a provider whose calls go wrong. */
export function faultyRequest(
  directory: string,
  faults: Faults,
  env: Record<string, string> = {},
): DeployRequest {
  return fixtureRequest(directory, env, {
    provider: new FaultyProvider(new LocalProvider({ directory }), faults),
  });
}
