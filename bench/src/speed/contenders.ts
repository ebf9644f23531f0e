import { parse } from "@conduit/mdl";
import { parse as parsePartialJson } from "partial-json";
import { BamlType } from "../baml/baml-runtime.ts";
import { bamlSource } from "../baml/baml-source.ts";
import type { AnswerType } from "./answer-type.ts";

/** A way from an answer to a validated value. */
export interface Contender {
  readonly name: string;
  /** Throws where the answer is none for it. */
  parse(answer: string): unknown;
}

/** All that parse an answer of this type; the first is what the others are compared with. */
export function contenders({ typebox, zod }: AnswerType): readonly Contender[] {
  const baml = new BamlType(bamlSource(typebox, { keysAreNames: true }));
  return [
    { name: "mdl, TypeBox", parse: (answer) => parse(answer, typebox).value },
    { name: "mdl, Zod", parse: (answer) => parse(answer, zod as never).value },
    { name: "JSON.parse + Zod", parse: (answer) => zod.parse(JSON.parse(answer)) },
    { name: "partial-json + Zod", parse: (answer) => zod.parse(parsePartialJson(answer)) },
    { name: "BAML", parse: (answer) => baml.parse(answer) },
  ];
}
