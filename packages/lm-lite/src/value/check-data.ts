import { NoOp, SchemaMismatchError } from "@conduit/blocks";
import { compileSchema, type Schema } from "@conduit/types";
import type { GenerateRequest } from "../requests.ts";

/**
 * Holds the data of a request to its input schema.
 *
 * @throws {@link SchemaMismatchError}
 */
export async function checkData({ input, data }: GenerateRequest<Schema>): Promise<void> {
  if (input === undefined || (input === NoOp && data === undefined)) return;
  const check = await compileSchema(input).check(data);
  if (check.valid) return;
  throw new SchemaMismatchError({ block: "generate", side: "input", issues: check.issues, value: data });
}
