import { compileSchema } from "@conduit/types";
import { Pod } from "../api/wire.ts";
import { RunpodAnswerInvalidError } from "../errors/runpod-answer-invalid-error.ts";

/**
 * A pod of a list.
 *
 * @throws RunpodAnswerInvalidError where it lacks something.
 */
export async function requirePod(listed: { readonly id: string }): Promise<Pod> {
  const checked = await compileSchema(Pod).check(listed);
  if (checked.valid) return checked.value;
  const [issue] = checked.issues;
  const found = `pod ${listed.id} with ${issue?.path || "/"}: ${issue?.message}`;
  throw new RunpodAnswerInvalidError("list its pods", found, { outcome: "none" });
}
