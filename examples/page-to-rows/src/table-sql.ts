import type { SupportsSqlCommand } from "@conduit/blocks";
import type { ColumnDesign, TableDesign } from "./table-design.ts";
import type { TableRows } from "./table-rows.ts";

const TYPES: Readonly<Record<ColumnDesign["type"], string>> = {
  text: "TEXT",
  integer: "INTEGER",
  real: "REAL",
  boolean: "INTEGER",
};

/** The command that makes a table. It fails where there is one of that name, so that nobody's table is written to. */
export function createTable({ table, columns }: TableDesign): SupportsSqlCommand {
  const definitions = columns.map(
    ({ name, type, optional }) => `${quoted(name)} ${TYPES[type]}${optional ? "" : " NOT NULL"}`,
  );
  return { sqlCommand: `CREATE TABLE ${quoted(table)} (${definitions.join(", ")}) STRICT` };
}

/** The command that inserts all rows. Names are quoted, and all else that comes from the page or the model is a parameter. */
export function insertRows({ table: { table, columns }, rows }: TableRows): SupportsSqlCommand {
  const places = `(${columns.map(() => "?").join(", ")})`;
  const cells = rows.map((row) => new Map(Object.entries(row)));
  return {
    sqlCommand: `INSERT INTO ${quoted(table)} VALUES ${rows.map(() => places).join(", ")}`,
    parameters: cells.flatMap((row) => columns.map(({ name }) => row.get(name) ?? null)),
  };
}

/** A name as SQL reads it, whatever is in it; words of SQL's own, such as `order`, are names too. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
