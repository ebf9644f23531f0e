import type { DeepPartial, InputOf, Schema } from "@conduit/types";
import { alignPartial } from "./align/align-partial.ts";
import { answerText } from "./read/answer-text.ts";
import { readBrackets } from "./read/candidates.ts";
import { Unreadable } from "./read/reading.ts";
import { shapeOf } from "./shape/shape-of.ts";

/**
 * Reads as much of a value as a growing answer already tells: text grows, lists grow item by item, numbers, booleans and
 * literals appear when they are finished. Bounds are not checked, and a Standard Schema does not transform.
 *
 * Returns undefined where nothing can be told yet. Each call reads the whole text.
 *
 * @throws {@link MdlSchemaError} when MDL cannot express the schema.
 */
export function parsePartial<S extends Schema>(text: string, schema: S): DeepPartial<InputOf<S>> | undefined {
  const shape = shapeOf(schema);
  for (const attempt of readBrackets(answerText(text))) {
    if (!(attempt instanceof Unreadable)) {
      return alignPartial(attempt.value, shape, attempt.cut?.open) as DeepPartial<InputOf<S>> | undefined;
    }
    if (attempt.certain) return undefined;
  }
  return undefined;
}
