import { compileSchema, type WorkloadPort } from "@conduit/types";
import { Type } from "typebox";

/** Variable in which a pod carries the names of its ports, since RunPod knows numbers only. */
export const PORTS_VARIABLE = "CONDUIT_PORTS";

const Ports = Type.Array(Type.Object({ name: Type.String(), port: Type.Integer() }));

/** A port by its name. */
export interface NamedPort {
  readonly name: string;
  readonly port: number;
}

export function formatPortNames(ports: readonly WorkloadPort[]): string {
  return JSON.stringify(ports.map(({ name, containerPort: port }) => ({ name, port })));
}

/** The ports of a pod, the first one first; none where Conduit did not create it. */
export async function parsePortNames(env: Readonly<Record<string, string>>): Promise<readonly NamedPort[]> {
  const checked = await compileSchema(Ports).check(parseJson(env[PORTS_VARIABLE]));
  return checked.valid ? checked.value : [];
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
