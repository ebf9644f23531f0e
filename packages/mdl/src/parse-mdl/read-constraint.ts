import type { JsonValue } from "@conduit/types";
import { marks } from "../print/notation.ts";
import {
  type Draft,
  fail,
  isAtLineStart,
  match,
  readJson,
  readWord,
  type Source,
  sees,
  setOnce,
  skipSpace,
} from "./source.ts";

const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** What bounds a number or a length; no space within, after it the next constraint starts. */
const range = /(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)?(?:\.\.(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)?)?/y;
const mark = /e\.g\.|[<>]|[A-Za-z][A-Za-z0-9-]*/y;
const startOfJson = /(?=["[{\d-]|true|false|null)/y;

const pattern = /\/(?:[^\\/\n]|\\.)*\//y;

/** Reads a constraint of `base`, whose keywords for a range end with `suffix`; false where none stands here. */
export function readConstraint(source: Source, draft: Draft, base: string, suffix?: string): boolean {
  const start = source.offset;
  const isText = base === "str";
  const say = (keyword: string, value: JsonValue) => setOnce(source, draft, keyword, value, start);
  const bounds = suffix && match(source, range);
  if (bounds) {
    const [least, most = suffix === "imum" ? fail(source, '".."') : least] = bounds.split("..");
    if (!least && !most) fail(source, "a number");
    skipSpace(source);
    if (least) say(`min${suffix}`, Number(least));
    if (most) say(`max${suffix}`, Number(most));
  } else if (isText && sees(source, "/")) say("pattern", readPattern(source));
  else if (isText && sees(source, '"')) say("format", readJson(source));
  else {
    const found = readWord(source, mark);
    if (found === undefined) return false;
    const [known, keyword = found, of] = marks.find(([each]) => each === found) ?? [];
    if (found === "e.g.") say("examples", readExamples(source));
    else if (known && (!of || of === suffix)) {
      say(keyword, of !== "imum" || Number(readWord(source, number) ?? fail(source, "a number")));
    } else if (isText && /^[a-z]/.test(found)) say("format", found);
    else fail(source, "a constraint", start);
  }
  return true;
}

function readExamples(source: Source): JsonValue[] {
  const examples: JsonValue[] = [];
  do examples.push(readJson(source));
  while (!isAtLineStart(source) && match(source, startOfJson) !== undefined);
  return examples;
}

/** The regular expression between the slashes that stand here. */
export function readPattern(source: Source): string {
  const found = readWord(source, pattern) ?? fail(source, "a regular expression");
  return found.slice(1, -1).replace(/\\(?=\/)|(\\.)/g, "$1");
}
