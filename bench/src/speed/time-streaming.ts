import { PartialParser, parse } from "@conduit/mdl";
import { parsePartialJson } from "ai";
import { parse as parsePartialJsonText } from "partial-json";
import type { AnswerType } from "./answer-type.ts";
import { ANSWER_TYPES } from "./answer-types.ts";
import { type Task, type Timing, timeInterleaved } from "./interleaved.ts";

/** Length in characters of a chunk, all of an answer's chunks but the last. */
export const CHUNK_LENGTH = 64;

/** Times of streaming one answer, and of parsing it at once. */
export interface StreamingResult {
  readonly answer: string;
  readonly bytes: number;
  readonly timings: readonly Timing[];
}

/** Times `PartialParser` over an answer of each type in chunks and one `parse` of it, interleaved. */
export async function timeStreaming(bytes: number, rounds: number): Promise<readonly StreamingResult[]> {
  const results: StreamingResult[] = [];
  for (const type of ANSWER_TYPES) results.push(await time(type, bytes, rounds, mdlTasks));
  return results;
}

/** The same of the first type, beside what reads the whole text again at each chunk: for short answers, since its cost is quadratic. */
export function timeStreamingBesidePeers(bytes: number, rounds: number): Promise<StreamingResult> {
  const [type] = ANSWER_TYPES;
  return time(type, bytes, rounds, (answer, of) => [...mdlTasks(answer, of), ...peerTasks(answer)]);
}

async function time(
  type: AnswerType,
  bytes: number,
  rounds: number,
  tasks: (answer: string, type: AnswerType) => readonly Task[],
): Promise<StreamingResult> {
  const answer = JSON.stringify(type.answer(bytes));
  const timings = await timeInterleaved(tasks(answer, type), rounds);
  return { answer: type.name, bytes: Buffer.byteLength(answer), timings };
}

function mdlTasks(answer: string, { typebox }: AnswerType): readonly Task[] {
  const chunks = chunksOf(answer);
  return [
    { name: "mdl parse, at once", run: () => parse(answer, typebox) },
    {
      name: "mdl PartialParser",
      run() {
        const parser = new PartialParser(typebox);
        for (const chunk of chunks) parser.push(chunk);
        return parser.value;
      },
    },
  ];
}

/** The chunks of an answer, each a string of its own and no view of the whole, as they come from a network. */
function chunksOf(answer: string): readonly string[] {
  return [...chunkEnds(answer)].map((end) => Buffer.from(answer.slice(end - CHUNK_LENGTH, end)).toString());
}

function peerTasks(answer: string): readonly Task[] {
  return [
    {
      name: "partial-json (not validated)",
      run() {
        let value: unknown;
        for (const end of chunkEnds(answer)) value = parsePartialJsonText(answer.slice(0, end));
        return value;
      },
    },
    {
      name: "AI SDK parsePartialJson (not validated)",
      async run() {
        let value: unknown;
        for (const end of chunkEnds(answer)) ({ value } = await parsePartialJson(answer.slice(0, end)));
        return value;
      },
    },
  ];
}

function* chunkEnds(answer: string): Generator<number> {
  for (let end = CHUNK_LENGTH; end < answer.length + CHUNK_LENGTH; end += CHUNK_LENGTH) yield end;
}
