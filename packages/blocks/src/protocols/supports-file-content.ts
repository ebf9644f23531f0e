import { type Static, Type } from "typebox";

// JSON Schema has no word for bytes, so a refinement says it.
const Bytes = Type.Unsafe<Uint8Array>(
  Type.Refine(
    Type.Unknown(),
    (value) => value instanceof Uint8Array,
    () => "must be a Uint8Array",
  ),
);

/** Data with the content of a file, as text or as bytes. */
export const SupportsFileContent = Type.Object({ fileContent: Type.Union([Type.String(), Bytes]) });
export type SupportsFileContent = Static<typeof SupportsFileContent>;
