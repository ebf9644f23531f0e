import type { Page } from "@conduit-examples/page-to-summary/page";
import { type Static, type TSchema, type TUnsafe, Type } from "typebox";
import { type ColumnDesign, TableDesign } from "./table-design.ts";

const MAX_ROWS = 20;
const MAX_TEXTS = 100;
const MAX_TEXT_CHARACTERS = 200;
const BOUNDS = { minimum: -1e12, maximum: 1e12 };

const Cell = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);
type Cell = Static<typeof Cell>;

/** Rows by the names of the columns. */
export const TableRows = Type.Object({
  table: TableDesign,
  rows: Type.Array(Type.Record(Type.String(), Cell), { minItems: 1, maxItems: MAX_ROWS }),
});
export type TableRows = Static<typeof TableRows>;

/**
 * The type of the rows that a page has for a table: what the model designed, as a schema that its next answer is held to. A text is one
 * that stands on the page, so that none can be made up.
 */
export function rowsSchema(table: TableDesign, page: Page) {
  const texts = Type.Enum(textsOf(page));
  const properties = table.columns.map((column) => [column.name, cellSchema(column, texts)] as const);
  return Type.Object({
    rows: Type.Array(Type.Object(Object.fromEntries(properties)), { minItems: 1, maxItems: MAX_ROWS }),
  });
}

function cellSchema({ type, optional }: ColumnDesign, texts: TSchema): TUnsafe<Cell> {
  const schemas = {
    text: texts,
    integer: Type.Integer(BOUNDS),
    real: Type.Number(BOUNDS),
    boolean: Type.Boolean(),
  };
  const schema = schemas[type];
  // Which of them it is, the compiler cannot know.
  return Type.Unsafe<Cell>(optional ? Type.Union([schema, Type.Null()]) : schema);
}

/** The lines of a page, and the cells of its tables, each once; of those that are too long the start. */
export function textsOf({ text }: Page): string[] {
  const texts = text
    .split(/[\n\t]/)
    .map((each) => each.trim().slice(0, MAX_TEXT_CHARACTERS).toWellFormed())
    .filter(Boolean);
  return [...new Set(texts)].slice(0, MAX_TEXTS);
}
