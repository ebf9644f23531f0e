import type { DeepPartial, InputOf, Schema } from "@conduit/types";
import { startAlignment } from "../align/align.ts";
import { AnswerReader } from "../read/answer-reader.ts";
import type { Frame } from "../read/reading.ts";
import type { StringReader } from "../read/string-reader.ts";
import { shapeOf } from "../shape/shape-of.ts";
import { takesScalars } from "../understand.ts";
import { kindOf } from "./container.ts";
import { Growth } from "./growth.ts";
import type { PartialDelta } from "./partial-delta.ts";
import type { Stage } from "./stage.ts";
import { ValueGrowth } from "./value-growth.ts";

/** Objects and lists of which the parser knows what they were made into, before it asks whether it may forget them. */
const minKnown = 500;

/**
 * Makes a typed value of an answer while it comes: text grows, lists grow item by item, numbers, booleans and literals appear
 * when they are finished. What is finished is validated: it is what {@link parse} would make of it, or it disappears. A
 * Standard Schema does not transform. The cost of all pushes together is linear in the text.
 */
export class PartialParser<S extends Schema = Schema> {
  readonly #stage: Stage = { alignment: startAlignment({ recording: false }), deltas: [] };
  readonly #value: ValueGrowth;
  readonly #reader: AnswerReader;
  /** The string that is being read, and where it is shown. */
  #writing: StringReader | undefined;
  #written: Growth | undefined;

  /** @throws {@link MdlSchemaError} when MDL does not have what the schema says. */
  constructor(schema: S) {
    const { root } = shapeOf(schema);
    this.#value = new ValueGrowth(this.#stage, root);
    this.#reader = new AnswerReader({ scalars: takesScalars(root), follower: this.#value });
  }

  /**
   * What is there of the value so far, growing in place; undefined where nothing can be told yet. A text that is still being
   * read is in it as far as it had come when this was last asked for.
   */
  get value(): DeepPartial<InputOf<S>> | undefined {
    this.#written?.showText();
    return this.#value.shown("") as DeepPartial<InputOf<S>> | undefined;
  }

  /** Reads on, and tells what changed: whoever applies all deltas, in order, has the value. */
  push(text: string): readonly PartialDelta[] {
    const stage = this.#stage;
    stage.deltas = [];
    this.#reader.push(text);
    this.#growFrames();
    this.#growText();
    this.#forgetKnown();
    return stage.deltas;
  }

  /** Keeps memory low where nothing that was aligned is aligned again. */
  #forgetKnown(): void {
    const { alignment } = this.#stage;
    if (alignment.knownCount < minKnown) return;
    const isAlignedAgain = ({ follower }: Frame) => follower instanceof Growth && !follower.isSimple;
    if (!this.#reader.frames.some(isAlignedAgain)) alignment.forget();
  }

  /** Begins to show the frames that nobody has looked at, which are the last ones. */
  #growFrames(): void {
    const { frames } = this.#reader;
    let depth = frames.length;
    while (frames[depth - 1]?.follower === undefined) depth -= 1;
    for (; depth < frames.length; depth += 1) {
      const frame = frames[depth] as Frame;
      const { container } = frame;
      const { follower, key = "" } = frames[depth - 1] as Frame;
      frame.follower = null;
      const holder = follower instanceof Growth ? follower : undefined;
      const growable = holder?.growableAt(key);
      const choice = growable?.[kindOf(container)];
      if (choice === undefined) continue;
      const growth = new Growth(this.#stage, frame, choice, growable, holder, key);
      frame.follower = growth;
      growth.catchUp();
    }
  }

  /** Shows how far the string that is being read has come. */
  #growText(): void {
    const { writing, frames } = this.#reader;
    if (writing === undefined) return;
    const text = writing.take();
    if (this.#writing === writing) {
      if (text !== "") this.#written?.append(text);
      return;
    }
    const { follower, key = "" } = frames.at(-1) as Frame;
    const holder = follower instanceof Growth ? follower : undefined;
    this.#writing = writing;
    const growable = holder?.growableAt(key);
    this.#written = growable?.isText ? holder : undefined;
    this.#written?.begin(key, text, growable?.step, writing);
  }
}
