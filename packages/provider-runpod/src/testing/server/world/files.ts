import { readdirSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";

/** Notes a value that counts once and for all; `false` where one was noted before. A link comes into being with its content, or not. */
export function noteOnce(path: string, value: string): boolean {
  try {
    symlinkSync(value, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

export function readNote(path: string): string | undefined {
  return unlessMissing(() => readlinkSync(path));
}

export function readIfPresent(path: string): string | undefined {
  return unlessMissing(() => readFileSync(path, "utf8"));
}

/** Lines of a file to which whole lines are appended; none where there is no file. */
export function readJsonLines<Line>(path: string): Line[] {
  const lines = (readIfPresent(path) ?? "").split("\n").filter((line) => line !== "");
  return lines.map((line): Line => JSON.parse(line));
}

export function namesIn(directory: string): string[] {
  return unlessMissing(() => readdirSync(directory)) ?? [];
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
