import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Schema } from "@conduit/types";
import { pickExport } from "./pick-export.ts";
import { SchemaFileError } from "./schema-file-error.ts";

/**
 * The schema of a JSON file or of a module's export.
 *
 * @throws SchemaFileError for a file that cannot be read or imported, or that holds no schema; UsageError where the export has to be named.
 */
export async function loadSchema(file: string, exportName: string | undefined): Promise<Schema> {
  const text = await readFile(file, "utf8").catch((cause) => {
    throw new SchemaFileError(`Expected a file to read, found: ${cause.message}.`, { cause });
  });
  if (extname(file) === ".json") return readJson(file, text);
  return pickExport(file, await importModule(file), exportName);
}

function readJson(file: string, text: string): Schema {
  try {
    // Editors of Windows put a byte order mark before the text.
    return JSON.parse(text.replace(/^\uFEFF/, "")) as Schema;
  } catch (cause) {
    throw new SchemaFileError(`Expected JSON in ${file}, found: ${(cause as Error).message}.`, { cause });
  }
}

async function importModule(file: string): Promise<object> {
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as object;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ERR_UNKNOWN_FILE_EXTENSION") {
      const expected = "Expected Node 22.18 or newer, which imports TypeScript as it is";
      const remedy = "take a newer Node or name the compiled JavaScript";
      throw new SchemaFileError(`${expected}, found Node ${process.versions.node}: ${remedy}.`, { cause });
    }
    throw new SchemaFileError(`Expected a module to import in ${file}, found: ${message ?? cause}`, {
      cause,
    });
  }
}
