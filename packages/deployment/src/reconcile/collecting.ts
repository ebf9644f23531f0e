import { ProviderError } from "@conduit/types";
import { DeploymentError } from "../deployment-error.ts";

/** What the body gives; what the provider fails with is collected. */
export async function collecting<T>(errors: unknown[], body: () => Promise<T>): Promise<T | undefined> {
  try {
    return await body();
  } catch (error) {
    if (!ProviderError.isInstance(error) && !(error instanceof DeploymentError)) throw error;
    errors.push(error);
    return undefined;
  }
}
