// From a schema
export { compileMdl } from "./compile-mdl.ts";
export { mdl } from "./mdl.ts";
export { parseMdl } from "./parse-mdl.ts";
export type { SystemPromptOptions } from "./system-prompt.ts";
export { systemPrompt } from "./system-prompt.ts";
export type { ToJsonSchemaOptions } from "./to-json-schema.ts";
export { toJsonSchema } from "./to-json-schema.ts";
export type { SchemaNote } from "./shape/schema-source.ts";
export { schemaNotes } from "./shape/shape-of.ts";
// Back to a value
export type { Parsed } from "./parse.ts";
export { parse, parseAsync } from "./parse.ts";
export { parsePartial } from "./parse-partial.ts";
export type { PartialDelta } from "./partial/partial-delta.ts";
export { PartialParser } from "./partial/partial-parser.ts";
export type { Repair, RepairKind } from "./repair.ts";
// Errors
export type { Mismatch } from "./mdl-parse-error.ts";
export { MdlParseError } from "./mdl-parse-error.ts";
export { MdlSchemaError } from "./mdl-schema-error.ts";
export { MdlSyntaxError } from "./mdl-syntax-error.ts";
