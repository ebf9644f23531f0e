import type { InputOf, OutputOf, Schema } from "./schema/schema.ts";
import type { Usage } from "./usage.ts";

/** Every part of `T` may still be missing. */
export type DeepPartial<T> = T extends readonly (infer Item)[]
  ? DeepPartial<Item>[]
  : T extends object
    ? { [Key in keyof T]?: DeepPartial<T[Key]> }
    : T;

/** What a streaming block tells while it runs; exactly one `result` comes last. */
export type BlockEvent<O extends Schema = Schema> =
  | { readonly type: "progress"; readonly message: string; readonly fraction?: number }
  /** What there is of the result so far, before the output schema validates and perhaps transforms it. */
  | { readonly type: "partial"; readonly value: DeepPartial<InputOf<O>> }
  /** What was used since the event before, and by which model; the usage of a run is the sum of its events. */
  | { readonly type: "usage"; readonly usage: Usage; readonly model?: string }
  | { readonly type: "result"; readonly value: OutputOf<O> };
