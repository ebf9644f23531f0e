import { isDeepStrictEqual } from "node:util";
import { ANSWER_TYPES } from "./answer-types.ts";
import { contenders } from "./contenders.ts";
import { DAMAGES } from "./damage.ts";
import { type Timing, timeInterleaved } from "./interleaved.ts";

/** How fast each contender parses one answer. */
export interface ParsingRow {
  readonly answer: string;
  readonly bytes: number;
  /** By the contender's name, in their order; a text says why there is no time. */
  readonly results: readonly (readonly [contender: string, result: Timing | "throws" | "another value"])[];
}

/** Sizes in bytes of the valid answers. */
const SIZES = [300, 10_000, 100_000];
/** Size in bytes of the damaged ones. */
const DAMAGED_SIZE = 10_000;

/** Times every contender on valid answers of each type and size, and on damaged ones; one row at a time. */
export async function* timeParsing(rounds: number): AsyncGenerator<ParsingRow> {
  for (const type of ANSWER_TYPES) {
    const parsers = contenders(type);
    const cases = [
      ...SIZES.map((bytes) => ({ name: "valid", bytes, indent: 0, apply: (json: string) => json })),
      ...DAMAGES.map((damage) => ({ ...damage, bytes: DAMAGED_SIZE, indent: 2 })),
    ];
    for (const { name, bytes, indent, apply } of cases) {
      const expected = type.answer(bytes);
      const json = JSON.stringify(expected, null, indent);
      const answer = apply(json);
      // Nothing to repair in this type: the same as valid.
      if (name !== "valid" && answer === json) continue;
      const judged = parsers.map((parser) => ({
        parser,
        verdict: judge(() => parser.parse(answer), expected),
      }));
      const timings = await timeInterleaved(
        judged
          .filter(({ verdict }) => verdict === "right")
          .map(({ parser }) => ({ name: parser.name, run: () => parser.parse(answer) })),
        rounds,
      );
      yield {
        answer: `${type.name}, ${name}`,
        bytes: Buffer.byteLength(answer),
        results: judged.map(({ parser, verdict }) => [
          parser.name,
          verdict === "right" ? (timings.find((timing) => timing.name === parser.name) as Timing) : verdict,
        ]),
      };
    }
  }
}

function judge(parse: () => unknown, expected: unknown): "right" | "throws" | "another value" {
  try {
    return isDeepStrictEqual(withoutAbsent(parse()), expected) ? "right" : "another value";
  } catch {
    return "throws";
  }
}

/** BAML gives null for what is absent, which its types do not tell apart; the answers here have no null of their own. */
function withoutAbsent(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, member) => (member === null ? undefined : member));
}
