/** How a block failed: it threw, or its result says so. */
export type BlockFailure<Value = unknown> =
  | { readonly type: "error"; readonly error: unknown }
  | { readonly type: "result"; readonly value: Value };

/** Whether a result says that it failed, as those do whose `success` is `false`. */
export function saysFailure(value: unknown): boolean {
  return typeof value === "object" && value !== null && "success" in value && value.success === false;
}

/** A failure in a few words. */
export function failureInWords(failure: BlockFailure): string {
  const said = failure.type === "error" ? failure.error : failure.value;
  if (said instanceof Error) return said.message;
  if (typeof said === "object" && said !== null && "reason" in said) return String(said.reason);
  return failure.type === "error" ? String(said) : "the result says that it failed";
}
