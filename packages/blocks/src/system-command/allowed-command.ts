/** A program that may be run, by its name or path as the command has it, with any arguments or those that a function takes. */
export type AllowedCommand =
  | string
  | {
      readonly program: string;
      /** Whether the program may be run with these arguments, the program's name not among them. */
      readonly arguments?: ((args: readonly string[]) => boolean) | undefined;
    };

export function programOf(allowed: AllowedCommand): string {
  return typeof allowed === "string" ? allowed : allowed.program;
}

/** Why a command may not be run, or nothing. */
export function whyNotAllowed(
  [program = "", ...args]: readonly string[],
  allowed: readonly AllowedCommand[],
): string | undefined {
  const entries = allowed.filter((entry) => programOf(entry) === program);
  if (entries.length === 0) {
    return `The program ${JSON.stringify(program)} is not one of those that are allowed (allowedCommands).`;
  }
  const isAllowed = entries.some((entry) => typeof entry === "string" || entry.arguments?.(args) !== false);
  if (isAllowed) return undefined;
  return `The program ${JSON.stringify(program)} is not allowed with these arguments (allowedCommands).`;
}
