import { SqlDriverError } from "./sql-errors.ts";

/**
 * Loads a driver, which is there only where the user installed it.
 *
 * @throws {@link SqlDriverError}
 */
export async function loadDriver<T>(packageName: string, load: () => Promise<unknown>): Promise<T> {
  try {
    // The drivers are CommonJS, of which Node makes a default export; their declarations do not all say so.
    return ((await load()) as { readonly default: T }).default;
  } catch (error) {
    throw new SqlDriverError(packageName, (error as Error).message.split("\n")[0] ?? "", { cause: error });
  }
}
