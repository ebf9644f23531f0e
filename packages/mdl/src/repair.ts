/**
 * What a repair changed:
 *
 * - `text`: text around the value was set aside (reasoning, prose, code fences)
 * - `syntax`: the notation was not JSON (single quotes, trailing commas, comments)
 * - `brackets`: closing brackets were missing
 * - `null`: a null was dropped from a key that may be absent but not null
 * - `key`: a key was dropped that the type does not have and does not allow
 * - `list`: one value, or several one after the other, were made a list
 * - `wrapper`: a value was taken out of the text, or from under the key, that the type does not have around it
 * - `string`, `number`, `boolean`, `literal`: a value was converted to that type
 */
export type RepairKind =
  | "text"
  | "syntax"
  | "brackets"
  | "null"
  | "key"
  | "list"
  | "wrapper"
  | "string"
  | "number"
  | "boolean"
  | "literal";

/** One difference between what a model wrote and the value that was made of it. */
export interface Repair {
  readonly kind: RepairKind;
  /** JSON Pointer of the repaired value; empty for the whole answer. */
  readonly path: string;
  readonly message: string;
}
