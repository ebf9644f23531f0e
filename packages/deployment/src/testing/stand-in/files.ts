/**
 * What a stand-in keeps its world in: texts under paths. Every change is made or not made, also where its process is killed meanwhile, and is
 * seen by all who use the same files.
 */
export interface Files {
  /** Notes a value that counts once and for all; `false` where one was noted before. */
  noteOnce(path: string, value: string): boolean;
  readNote(path: string): string | undefined;
  read(path: string): string | undefined;
  /** Adds a whole line to a file, which comes into being with its first. */
  appendLine(path: string, line: string): void;
  /** A new folder, which comes into being with a file of that name in it. */
  addFolder(folder: string, file: string, text: string): void;
  /** What is in a folder; nothing where there is none. */
  namesIn(folder: string): readonly string[];
}

/** Lines of a file, each of which holds a value as JSON; none where there is no file. */
export function readJsonLines<Line>(files: Files, path: string): Line[] {
  const lines = (files.read(path) ?? "").split("\n").filter((line) => line !== "");
  return lines.map((line): Line => JSON.parse(line));
}
