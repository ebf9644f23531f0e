import type { BlockEvent, Schema } from "@conduit/types";

/** What a block may tell while it runs; the result is told for it. */
export type EmittedEvent<O extends Schema = Schema> = Exclude<BlockEvent<O>, { readonly type: "result" }>;
