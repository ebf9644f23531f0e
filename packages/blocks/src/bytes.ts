import { Type } from "typebox";

/** The schema of bytes. JSON Schema has no word for them, so a refinement says it. */
export const Bytes = Type.Unsafe<Uint8Array>(
  Type.Refine(
    Type.Unknown(),
    (value) => value instanceof Uint8Array,
    () => "must be a Uint8Array",
  ),
);
