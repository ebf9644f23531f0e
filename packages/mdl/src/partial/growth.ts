import { alignPart } from "../align/align-object.ts";
import type { Follower, Frame } from "../read/reading.ts";
import { withinBounds } from "../shape/bounds.ts";
import { hasRequiredKeys } from "../shape/has-required-keys.ts";
import { type Candidate, Candidates } from "./candidates.ts";
import type { Choice, Growable, Part } from "./choice.ts";
import { type Key, keysOf, kindOf } from "./container.ts";
import { ShownContainer } from "./shown-container.ts";
import type { Stage } from "./stage.ts";

/** Shows an object or list that is being read as what it may become of a type. */
export class Growth extends ShownContainer implements Follower {
  readonly #candidates: Candidates;
  /** What this is shown in; absent for what holds the whole value. */
  readonly #holder: Growth | undefined;
  /** What the part of the holder may be, where nothing else in the holder tells more. */
  readonly #growable: Growable | undefined;
  /** The part that was shown to its end. */
  #closed: Growth | undefined;

  /** Shows nothing yet of the part of `holder` under `key`, which may be what `growable` has as `choice`. */
  constructor(
    stage: Stage,
    frame: Pick<Frame, "container">,
    choice: Choice,
    growable?: Growable,
    holder?: Growth,
    key: Key = "",
  ) {
    super(stage, frame, holder, key, growable?.step);
    this.#candidates = new Candidates(choice);
    this.#holder = holder;
    this.#growable = holder?.isKnown ? growable : undefined;
  }

  /** What the part under `key` may be; undefined where it cannot be shown, as an item after one that is not. */
  growableAt(key: Key): Growable | undefined {
    return this.takes(key) ? this.#candidates.choice.partAt(key) : undefined;
  }

  /** Whether what a part may be depends on its key alone. */
  get isKnown(): boolean {
    return this.#candidates.choice.isKnown;
  }

  /** Shows the parts that came before this followed. */
  catchUp(): void {
    for (const key of keysOf(this.frame.container)) this.part(key, this.frame.container[key as never]);
  }

  /** Shows what became of a part that is whole, and drops the candidates that it contradicts. */
  part(key: Key, part: unknown): void {
    this.partCount += 1;
    const candidates = this.#candidates;
    const of = candidates.choice.partAt(key);
    const isNew = this.isNew(key, part);
    if (isNew && candidates.take(part, of)) this.show(key, part, part, of.step);
    else if (candidates.isSettled) this.show(key, part, this.#align(part, key, candidates.best), of.step);
    else this.#weigh(key, part, of, isNew);
  }

  #weigh(key: Key, part: unknown, of: Part, isNew: boolean): void {
    const candidates = this.#candidates;
    const before = candidates.best;
    const aligned = candidates.weigh(part, of, isNew, (candidate) => this.#align(part, key, candidate));
    const { best, isPlain } = candidates;
    if (isPlain || best === before || this.partCount === 1) this.show(key, part, aligned, of.step);
    else this.showAnew(key, (whole, name) => alignPart(whole, name, best.shape, this.stage.alignment));
  }

  #align(part: unknown, key: Key, candidate: Candidate): unknown {
    const closed = this.#closed;
    if (closed !== undefined && closed.frame.container === part) {
      candidate.cost += closed.#candidates.best.cost;
      return closed.value;
    }
    const { alignment } = this.stage;
    const { cost } = alignment;
    const aligned = alignPart(part, key, candidate.shape, alignment);
    candidate.cost += alignment.cost - cost;
    return aligned;
  }

  /** Whether the parts, as they are shown, are what the value is made into. */
  get isSimple(): boolean {
    const { isSettled, best } = this.#candidates;
    return this.fits && isSettled && best.shape.kind === kindOf(this.value);
  }

  /** Notes what the value was made into, once all of its parts are shown, so that they are not aligned again. */
  close(): void {
    const { shape, cost } = this.#candidates.best;
    if (!this.isSimple || !("bounds" in shape)) return;
    if (shape.kind === "object" && !hasRequiredKeys(this.value, shape.fields)) return;
    if (!withinBounds(this.value, shape.bounds)) return;
    const growable = this.#growable;
    const isAll = growable?.all.length === 1 || (growable?.isFree && cost === 0);
    if (this.#holder !== undefined && isAll) this.#holder.#closed = this;
    else this.stage.alignment.know(this.frame.container, shape, this.value, cost);
  }
}
