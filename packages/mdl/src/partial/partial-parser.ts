import type { DeepPartial, InputOf, Schema } from "@conduit/types";
import { startAlignment } from "../align/align.ts";
import { alignPart } from "../align/align-object.ts";
import { misfit } from "../align/alignment.ts";
import { alternatives, partShape } from "../align/shapes-at.ts";
import { AnswerReader } from "../read/answer-reader.ts";
import type { StringReader } from "../read/string-reader.ts";
import { kindsOf } from "../shape/kinds.ts";
import type { ObjectShape, Shape } from "../shape/shape.ts";
import { shapeOf } from "../shape/shape-of.ts";
import { takesLines, takesScalars } from "../understand.ts";
import { Growth } from "./growth.ts";
import type { PartialDelta } from "./partial-delta.ts";

/** Objects and lists of which the parser knows what they were made into, before it asks whether it may forget them. */
const minKnown = 500;

const any: Shape = { kind: "any" };
const anyText: Shape = { kind: "str", bounds: {} };
const anyList: Shape = { kind: "list", prefix: [], rest: any, bounds: {} };
const anyObject: ObjectShape = { kind: "object", fields: [], patterns: [], rest: any, bounds: {} };

interface GrowingText {
  readonly writing: StringReader;
  /** Absent where it is not shown. */
  readonly growth?: Growth;
  readonly key?: string | number;
}

/**
 * Makes a typed value of an answer while it comes: text grows, lists grow item by item, numbers, booleans and literals appear
 * when they are finished. What is finished is validated: it is what {@link parse} would make of it, or it disappears. A
 * Standard Schema does not transform. The cost of all pushes together is linear in the text.
 */
export class PartialParser<S extends Schema = Schema> {
  readonly #root: Shape;
  readonly #alignment = startAlignment({ recording: false });
  readonly #reader: AnswerReader;
  /** What is shown of each frame of the reader; the first holds the value. */
  readonly #growths: (Growth | undefined)[] = [];
  #deltas: PartialDelta[] = [];
  #knownLimit = minKnown;
  /** Whether a value that fits is whole; `lines` where more of them may follow. */
  #settled: boolean | "lines" = false;
  /** The string that is being read, and where it is shown. */
  #text: GrowingText | undefined;

  /** @throws {@link MdlSchemaError} when MDL does not have what the schema says. */
  constructor(schema: S) {
    this.#root = shapeOf(schema).root;
    this.#reader = new AnswerReader({
      scalars: takesScalars(this.#root),
      closing: (depth) => this.#beforeClosing(depth),
    });
  }

  /** What is there of the value so far, growing in place; undefined where nothing can be told yet. */
  get value(): DeepPartial<InputOf<S>> | undefined {
    return this.#growths[0]?.shown("") as DeepPartial<InputOf<S>> | undefined;
  }

  /** Reads on, and tells what changed: whoever applies all deltas, in order, has the value. */
  push(text: string): readonly PartialDelta[] {
    this.#deltas = [];
    const reader = this.#reader;
    reader.push(text);
    this.#forget();
    for (let depth = Math.max(0, reader.kept - 1); depth < reader.frames.length; depth += 1)
      this.#grow(depth);
    reader.kept = reader.frames.length;
    this.#growText();
    this.#forgetKnown();
    return this.#deltas;
  }

  /** Keeps memory low where nothing that was aligned is aligned again. */
  #forgetKnown(): void {
    const alignment = this.#alignment;
    if (alignment.knownCount < this.#knownLimit) return;
    if (this.#growths.every((growth) => growth === undefined || growth.isSimple)) alignment.forget();
    this.#knownLimit = 2 * alignment.knownCount + minKnown;
  }

  /** Forgets what the reader has given up: prose that began like a value, or all that came before the end of reasoning. */
  #forget(): void {
    const { frames } = this.#reader;
    const [base, first] = this.#growths;
    const isNewAnswer = base !== undefined && base.frame !== frames[0];
    const isGivenUp = first !== undefined && first.frame !== frames[1];
    if (isNewAnswer || isGivenUp) base?.show("", undefined, misfit, this.#deltas);
    if (isGivenUp) this.#growths.length = 1;
    if (isNewAnswer) {
      this.#growths.length = 0;
      this.#settled = false;
    }
  }

  #beforeClosing(depth: number): void {
    if (this.#growths[depth]?.frame !== this.#reader.frames[depth]) return;
    this.#grow(depth);
    this.#growths[depth]?.finish();
    this.#growths.length = depth;
  }

  /** Shows what came of the frame at `depth`. */
  #grow(depth: number): void {
    const frame = this.#reader.frames[depth];
    if (frame === undefined) return;
    if (depth >= this.#growths.length) this.#growths[depth] = this.#begin(depth);
    const growth = this.#growths[depth];
    if (growth === undefined) return;
    const { container } = frame;
    const fresh = frame.fresh ?? Object.keys(container);
    if (frame.fresh === undefined || fresh.length > 0) frame.fresh = [];
    for (const name of fresh) {
      const key = Array.isArray(container) ? Number(name) : name;
      const part = (container as Record<string | number, unknown>)[key];
      if (depth === 0) this.#conclude(growth, part);
      else this.#settle(growth, key, part);
    }
  }

  /** Begins to show the frame at `depth`; undefined where nothing of its kind fits. */
  #begin(depth: number): Growth | undefined {
    const frame = this.#reader.frames[depth];
    if (frame === undefined) return undefined;
    if (depth === 0)
      return new Growth(frame, [{ ...anyObject, rest: this.#root }], undefined, this.#alignment);
    const isList = Array.isArray(frame.container);
    const place = this.#place(depth - 1);
    if (place === undefined) return undefined;
    const { growth, key, shapes } = place;
    const fitting = shapes.filter((shape) => mayGrow(shape, isList ? anyList : anyObject));
    if (fitting.length === 0) return undefined;
    const begun = new Growth(frame, fitting, growth.pathTo(key), this.#alignment);
    growth.put(key, begun.value);
    growth.open = key;
    this.#deltas.push({ op: "set", path: growth.pathTo(key), value: isList ? [] : {} });
    return begun;
  }

  /** Where the part that is being read in the frame at `depth` is shown, and what it may be. */
  #place(depth: number) {
    const growth = this.#growths[depth];
    const given = growth?.frame.key;
    if (growth === undefined || given === undefined || (depth === 0 && this.#settled)) return undefined;
    const key = depth === 0 ? "" : given;
    if (!growth.takes(key)) return undefined;
    const [only, another] = growth.candidates;
    if (only && !another) return { growth, key, shapes: alternatives(partShape(only.shape, given)) };
    const shapes = growth.candidates.flatMap(({ shape }) => alternatives(partShape(shape, given)));
    return { growth, key, shapes: [...new Set(shapes)] };
  }

  /** Shows a part that is whole, and drops the candidates that it contradicts. */
  #settle(growth: Growth, key: string | number, part: unknown): void {
    const alignment = this.#alignment;
    const { best, candidates } = growth;
    const [only, another] = candidates;
    if (only !== undefined && another === undefined) {
      const { cost } = alignment;
      growth.show(key, part, alignPart(part, key, only.shape, alignment), this.#deltas);
      only.cost += alignment.cost - cost;
      return;
    }
    const outcomes = candidates.map(({ shape, cost }) => {
      const before = alignment.cost;
      const value = alignPart(part, key, shape, alignment);
      return { shape, value, cost: cost + alignment.cost - before };
    });
    const alive = outcomes.filter(({ value }) => value !== misfit);
    if (alive.length > 0) growth.candidates = alive.map(({ shape, cost }) => ({ shape, cost }));
    const now = growth.best as Shape;
    if (now === best) {
      growth.show(key, part, outcomes.find(({ shape }) => shape === now)?.value, this.#deltas);
      return;
    }
    const { container } = growth.frame;
    for (const name of Object.keys(container)) {
      const at = Array.isArray(container) ? Number(name) : name;
      const whole = (container as Record<string | number, unknown>)[at];
      growth.show(at, whole, alignPart(whole, at, now, alignment), this.#deltas, true);
    }
  }

  /** Takes a whole value of the answer as the value, if it is the first that fits. */
  #conclude(base: Growth, part: unknown): void {
    const isLine = takesLines(this.#root) && !Array.isArray(part);
    if (this.#settled === true || (this.#settled && isLine)) {
      if (!isLine || this.#settled === true) return;
      const list = base.shown("") as unknown[];
      const item = alignPart(part, list.length, this.#root, this.#alignment);
      if (item === misfit) return;
      this.#deltas.push({ op: "set", path: `/${list.length}`, value: item });
      list.push(item);
      return;
    }
    const aligned = this.#alignment.align(part, this.#root);
    if (aligned === misfit && this.#settled) return;
    base.show("", part, aligned, this.#deltas);
    if (aligned === misfit) return;
    this.#settled = isLine ? "lines" : true;
    // The list that a delta tells of must not grow.
    if (isLine) base.put("", [...(aligned as unknown[])]);
  }

  /** Shows how far the string that is being read has come. */
  #growText(): void {
    const { writing, frames } = this.#reader;
    if (writing === undefined) return;
    const text = writing.take();
    if (this.#text?.writing !== writing) {
      const place = this.#place(frames.length - 1);
      const isShown = place?.shapes.some((shape) => mayGrow(shape, anyText));
      this.#text = isShown && place ? { ...place, writing } : { writing };
      const { growth, key = "" } = this.#text;
      if (growth === undefined) return;
      growth.put(key, text);
      growth.open = key;
      this.#deltas.push({ op: "set", path: growth.pathTo(key), value: text });
      return;
    }
    const { growth, key = "" } = this.#text;
    if (growth === undefined || text === "") return;
    growth.put(key, (growth.shown(key) as string) + text);
    this.#deltas.push({ op: "append", path: growth.pathTo(key), text });
  }
}

/** Whether a value may be of the JSON type of `kind`, and is shown before it is whole. */
function mayGrow(shape: Shape, kind: Shape): boolean {
  return shape.kind !== "literal" && (kindsOf(shape) & kindsOf(kind)) !== 0;
}
