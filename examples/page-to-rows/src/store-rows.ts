import {
  type Block,
  FunctionBlock,
  runPart,
  type Sqlite3Block,
  type SupportsSqlCommand,
} from "@conduit/blocks";
import { type Static, Type } from "typebox";
import { TableDesign } from "./table-design.ts";
import { TableRows } from "./table-rows.ts";
import { createTable, insertRows } from "./table-sql.ts";

export const Stored = Type.Object({ table: TableDesign, rowCount: Type.Integer({ minimum: 0 }) });
export type Stored = Static<typeof Stored>;

/** A block that makes the table in a database, and inserts the rows. */
export function storeRows(
  database: Sqlite3Block<typeof SupportsSqlCommand>,
): Block<typeof TableRows, typeof Stored> {
  return new FunctionBlock(TableRows, Stored, async function storeRows(data, context) {
    const run = async (command: SupportsSqlCommand) => {
      const operation = await runPart(database, command, context);
      if (!operation.success) throw new Error(`${command.sqlCommand} failed: ${operation.reason}`);
      return operation.rowCount;
    };
    await run(createTable(data.table));
    return { table: data.table, rowCount: await run(insertRows(data)) };
  });
}
