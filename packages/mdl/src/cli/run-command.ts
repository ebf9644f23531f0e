import { mdl, schemaNotes, toJsonSchema } from "@conduit/mdl";
import { ConduitError, type Schema } from "@conduit/types";
import { parseCommand, USAGE } from "./command-arguments.ts";
import { countTokens } from "./count-tokens.ts";
import { loadSchema } from "./load-schema.ts";
import { UsageError } from "./usage-error.ts";

/** What a run of the command leaves: it prints nothing itself. */
interface CommandResult {
  /** 0, 1 where the file or its schema will not do, or 2 after wrong usage. */
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `mdl` with the arguments after its name. */
export async function runCommand(args: readonly string[], version: string): Promise<CommandResult> {
  try {
    const command = parseCommand(args);
    if (command === "help") return { exitCode: 0, stdout: USAGE, stderr: "" };
    if (command === "version") return { exitCode: 0, stdout: `${version}\n`, stderr: "" };
    const schema = await loadSchema(command.file, command.exportName);
    return { exitCode: 0, ...(await describe(schema, command.printsJsonSchema)) };
  } catch (error) {
    if (UsageError.isInstance(error)) return failure(2, `${error.message}\n\n${USAGE}`);
    if (ConduitError.isInstance(error)) return failure(1, `${error.message}\n`);
    throw error;
  }
}

async function describe(
  schema: Schema,
  printsJsonSchema: boolean,
): Promise<{ stdout: string; stderr: string }> {
  const text = mdl(schema);
  // Open, so that both notations say the same: what generation adds is not in MDL.
  const jsonSchema = toJsonSchema(schema, { closed: false });
  const tokens = await countTokens(text);
  const jsonTokens = await countTokens(JSON.stringify(jsonSchema));
  const ratio = ((100 * tokens) / jsonTokens).toFixed(1);
  const notes = schemaNotes(schema).map(
    ({ path, keyword }) =>
      `Left out: ${JSON.stringify(keyword)} at ${path || "the root"}, which constrains nothing.\n`,
  );
  return {
    stdout: printsJsonSchema ? `${text}\n\n${JSON.stringify(jsonSchema, null, 2)}\n` : `${text}\n`,
    stderr: `${notes.join("")}MDL ${tokens} tokens, JSON Schema ${jsonTokens} tokens without white space (o200k_base): ${ratio} %\n`,
  };
}

function failure(exitCode: 1 | 2, stderr: string): CommandResult {
  return { exitCode, stdout: "", stderr };
}
