import { type Static, Type } from "typebox";
import { Bytes } from "../bytes.ts";

/** Data with the content of a file, as text or as bytes. */
export const SupportsFileContent = Type.Object({ fileContent: Type.Union([Type.String(), Bytes]) });
export type SupportsFileContent = Static<typeof SupportsFileContent>;
