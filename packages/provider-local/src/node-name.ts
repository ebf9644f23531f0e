import { localError } from "./local-error.ts";

const pattern = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** Whether a node can have that name, which is its folder's or its container's too. */
export function isNodeName(name: string): boolean {
  return pattern.test(name);
}

/** @throws ProviderError when no node can have that name. */
export function requireNodeName(name: string): void {
  if (isNodeName(name)) return;
  throw localError(`expected a node's name of lower-case letters, digits and hyphens, but found "${name}"`);
}
