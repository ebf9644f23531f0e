/** The words of a command, or why it has other things than words. */
export type CommandWords =
  | { readonly words: readonly [program: string, ...args: string[]] }
  | { readonly problem: string };

/** What means something to a shell, unless it is quoted. */
const SPECIAL = /[|&;<>()$`*?[{}\n\r]/;
/** The same, where a word starts with it. */
const SPECIAL_FIRST = /[~#!]/;
/** The same within double quotes. */
const SPECIAL_QUOTED = /[$`]/;
/** What a backslash escapes within double quotes. */
const ESCAPABLE = /[$`"\\]/;

/** Splits a command into words as a shell would, and refuses whatever a shell would not take as it stands. */
export function splitWords(command: string): CommandWords {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < command.length; at++) {
    const char = command[at] ?? "";
    if (char === " " || char === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'" || char === '"') {
      const quoted = char === "'" ? readSingle(command, at) : readDouble(command, at);
      if ("problem" in quoted) return quoted;
      word = (word ?? "") + quoted.text;
      at = quoted.end;
    } else if (char === "\\") {
      const next = command[++at];
      if (next === undefined || next === "\n")
        return { problem: "It ends, or a line of it does, with a backslash." };
      word = (word ?? "") + next;
    } else if (SPECIAL.test(char) || (word === undefined && SPECIAL_FIRST.test(char))) {
      return {
        problem: `It has ${JSON.stringify(char)} outside of quotes, and there is no shell to make something of it.`,
      };
    } else word = (word ?? "") + char;
  }
  if (word !== undefined) words.push(word);
  const [program, ...args] = words;
  return program === undefined ? { problem: "It has no words." } : { words: [program, ...args] };
}

type Quoted = { readonly text: string; readonly end: number } | { readonly problem: string };

const UNCLOSED: Quoted = { problem: "It has a quote that is not closed." };

function readSingle(command: string, start: number): Quoted {
  const end = command.indexOf("'", start + 1);
  return end === -1 ? UNCLOSED : { text: command.slice(start + 1, end), end };
}

function readDouble(command: string, start: number): Quoted {
  let text = "";
  for (let at = start + 1; at < command.length; at++) {
    const char = command[at] ?? "";
    if (char === '"') return { text, end: at };
    if (SPECIAL_QUOTED.test(char)) {
      return {
        problem: `It has ${JSON.stringify(char)} in double quotes, and there is no shell to make something of it.`,
      };
    }
    const next = command[at + 1] ?? "";
    if (char === "\\" && ESCAPABLE.test(next)) {
      text += next;
      at++;
    } else if (char === "\\" && next === "\n") return { problem: "A line of it ends with a backslash." };
    else text += char;
  }
  return UNCLOSED;
}
