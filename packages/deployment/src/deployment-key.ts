import { createHash } from "node:crypto";
import type { JsonObject } from "@conduit/types";
import { canonicalJson } from "./canonical-json.ts";

/** Hash, in hexadecimal digits, of everything that decides what runs. Secrets do not. */
export function deploymentKey(decisive: JsonObject): string {
  return createHash("sha256").update(canonicalJson(decisive)).digest("hex");
}
