/**
 * One step of a growing value; paths are JSON Pointers, empty for the whole value.
 *
 * - `set`: the value at `path` is now `value`; an item comes right after the last one of its list
 * - `append`: the text at `path` goes on with `text`
 * - `remove`: what was at `path` turned out not to fit
 */
export type PartialDelta =
  | { readonly op: "set"; readonly path: string; readonly value: unknown }
  | { readonly op: "append"; readonly path: string; readonly text: string }
  | { readonly op: "remove"; readonly path: string };
