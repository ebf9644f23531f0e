import { extname } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./usage-error.ts";

export const USAGE = `Usage: mdl <file> [--export <name>] [--json-schema]

Prints a schema as MDL, and on standard error how many o200k_base tokens MDL and JSON Schema take.

  <file>           a .json file with a JSON Schema, or a TypeScript or JavaScript module that exports a schema
                   (TypeBox, plain JSON Schema, or Standard Schema with JSON Schema: Zod 4, Valibot, ArkType)
  --export <name>  the export to take; by default the default export, or the only one that is a schema
  --json-schema    prints the JSON Schema too, after an empty line
  --help           prints this text
  --version        prints the version of @conduit/mdl

Exit codes: 0; 1 where the file cannot be read or MDL cannot express the schema; 2 after wrong usage.
`;

const EXTENSIONS = [".json", ".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];

const OPTIONS = {
  export: { type: "string" },
  "json-schema": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
  version: { type: "boolean", default: false },
} as const satisfies ParseArgsConfig["options"];

/** Which schema to print, and how. */
interface PrintCommand {
  readonly file: string;
  readonly exportName: string | undefined;
  readonly printsJsonSchema: boolean;
}

/** @throws UsageError for arguments that the command does not take. */
export function parseCommand(args: readonly string[]): PrintCommand | "help" | "version" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  if (values.version) return "version";
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new UsageError(`Expected one file, found ${positionals.length}.`);
  }
  const extension = extname(file);
  if (!EXTENSIONS.includes(extension)) {
    throw new UsageError(`Expected a file that ends in ${EXTENSIONS.join(", ")}, found ${file}.`);
  }
  if (extension === ".json" && values.export !== undefined) {
    throw new UsageError("Expected --export beside a module, found a JSON file, which is one schema.");
  }
  return { file, exportName: values.export, printsJsonSchema: values["json-schema"] };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}
