import { type Static, Type } from "typebox";

/** Letters, digits and underscores: nothing that ends a name in SQL. */
const Name = Type.String({ pattern: "^[a-z][a-z0-9_]{0,19}$" });

export const ColumnDesign = Type.Object({
  name: Name,
  type: Type.Enum(["text", "integer", "real", "boolean"]),
  /** Whether rows may be without it. */
  optional: Type.Boolean(),
});
export type ColumnDesign = Static<typeof ColumnDesign>;

/** The schema that the model writes: a value of a type like any other, and no SQL. */
export const TableDesign = Type.Object({
  table: Name,
  columns: Type.Array(ColumnDesign, { minItems: 1, maxItems: 6 }),
});
export type TableDesign = Static<typeof TableDesign>;

/**
 * The same design where no two columns have one name, which a type cannot say, and where the table's is none that SQLite keeps for
 * itself.
 */
export function withUsableNames({ table, columns }: TableDesign): TableDesign {
  const seen = new Set<string>();
  return {
    table: table.startsWith("sqlite_") ? `my_${table.slice("sqlite_".length)}` : table,
    columns: columns.map((column) => {
      let name = column.name;
      for (let number = 2; seen.has(name); number++) name = `${column.name.slice(0, 16)}_${number}`;
      seen.add(name);
      return { ...column, name };
    }),
  };
}
