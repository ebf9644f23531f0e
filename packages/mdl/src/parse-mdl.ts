import type { JsonObject } from "@conduit/types";
import { MdlReader } from "./parse-mdl/mdl-reader.ts";

/**
 * Reads MDL, as {@link mdl} and {@link compileMdl} print it, back into a schema: plain JSON Schema of draft 2020-12.
 *
 * @throws {@link MdlSyntaxError} when the text is not MDL.
 */
export function parseMdl(text: string): JsonObject {
  return new MdlReader(text).document();
}
