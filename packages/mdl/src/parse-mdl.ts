import type { JsonObject } from "@conduit/types";
import { given, readFields, readTyped } from "./parse-mdl/read-type.ts";
import {
  type Draft,
  fail,
  isAtEnd,
  match,
  readWord,
  type Source,
  setOnce,
  skip,
  skipSpace,
} from "./parse-mdl/source.ts";

/** A name before `=`, but for the types that may stand there with a default. */
const definition = /(?!(?:str|int|float|bool|None|List)\b)[\p{L}_$][\p{L}\p{N}_$.-]*(?=[^\S\n]*=)/uy;
/** How a document starts that is a list of fields. */
const field = /(?=#|(?:"(?:[^"\\\n]|\\.)*"|[\p{L}_$][\p{L}\p{N}_$.-]*|\/(?:[^\\/\n]|\\.)*\/|\*)\s*\??\s*:)/uy;

/**
 * Reads MDL, as {@link mdl} and {@link compileMdl} print it, back into a schema: plain JSON Schema of draft 2020-12.
 *
 * @throws {@link MdlSyntaxError} when the text is not MDL.
 */
export function parseMdl(text: string): JsonObject {
  const source: Source = { text, offset: 0, depth: 0, references: [] };
  const $defs: Draft = {};
  skipSpace(source);
  for (;;) {
    const start = source.offset;
    const name = readWord(source, definition);
    if (name === undefined) break;
    skip(source, "=");
    setOnce(source, $defs, name, readTyped(source), start);
  }
  const isFields = match(source, field) !== undefined;
  const root = isFields ? { type: "object", ...readFields(source, "") } : readTyped(source);
  if (!isAtEnd(source)) fail(source, "the end");
  for (const [name, offset] of source.references)
    if (!Object.hasOwn($defs, name)) fail(source, "a type", offset);
  return { ...given({ $defs }), ...root };
}
