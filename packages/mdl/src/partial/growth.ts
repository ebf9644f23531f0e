import { alignPart } from "../align/align-object.ts";
import { partShape } from "../align/shapes-at.ts";
import type { Follower, Frame } from "../read/reading.ts";
import { withinBounds } from "../shape/bounds.ts";
import { hasRequiredKeys } from "../shape/has-required-keys.ts";
import type { Shape } from "../shape/shape.ts";
import { type Candidate, Candidates } from "./candidates.ts";
import { type Key, keysOf, kindOf } from "./container.ts";
import { type Growable, growableOf, type Parts, partsOf } from "./growable.ts";
import { ShownContainer } from "./shown-container.ts";
import type { Stage } from "./stage.ts";

/** Shows an object or list that is being read as what it may become of a type. */
export class Growth extends ShownContainer implements Follower {
  /** What it is shown as. */
  #best: Candidate;
  /** Where it may be of several shapes, all of them. */
  #candidates: Candidates | undefined;
  /** What the parts may be, where there is one candidate. */
  #parts: Parts | null;
  /** What this is shown in; absent for what holds the whole value. */
  readonly #holder: Growth | undefined;
  /** What the part of the holder may be, where nothing else in the holder tells more. */
  readonly #growable: Growable | undefined;
  /** The part that was shown to its end. */
  #closed: Growth | undefined;
  /** Bits of the keys that have come since there is one candidate. */
  #seen = 0;

  /** Shows nothing yet of the part of `holder` under `key`, of which there is something to show. */
  constructor(
    stage: Stage,
    frame: Pick<Frame, "container">,
    growable: Growable,
    holder?: Growth,
    key: Key = "",
  ) {
    super(stage, frame, holder, key);
    const shapes = Array.isArray(frame.container) ? growable.list : growable.object;
    this.#candidates = shapes.length > 1 ? new Candidates(shapes) : undefined;
    this.#best = this.#candidates?.best ?? { shape: shapes[0] as Shape, cost: 0 };
    this.#parts = this.#candidates ? null : partsOf(this.#best.shape);
    this.#holder = holder;
    this.#growable = holder?.isKnown ? growable : undefined;
  }

  /** What the part under `key` may be; undefined where it cannot be shown, as an item after one that is not. */
  growableAt(key: Key): Growable | undefined {
    if (!this.takes(key)) return undefined;
    if (this.#candidates !== undefined) return this.#candidates.partAt(key);
    const parts = this.#parts;
    return parts ? (parts.named.get(key) ?? parts.others) : growableOf(partShape(this.#best.shape, key));
  }

  /** Whether what a part may be depends on its key alone. */
  get isKnown(): boolean {
    return this.#parts !== null;
  }

  /** Shows the parts that came before this followed. */
  catchUp(): void {
    for (const key of keysOf(this.frame.container)) this.part(key, this.frame.container[key as never]);
  }

  /** Shows what became of a part that is whole, and drops the candidates that it contradicts. */
  part(key: Key, part: unknown): void {
    this.partCount += 1;
    if (this.#candidates !== undefined) {
      this.#partOfSeveral(key, part, this.#candidates);
      return;
    }
    const named = this.#parts?.named.get(key);
    const fits = this.isNew(key, part) && (named ?? this.#parts?.others)?.fitsAtOnce(part);
    if (named !== undefined) this.#seen |= named.bit;
    this.show(key, part, fits ? part : this.#align(part, key, this.#best), named?.step);
  }

  #partOfSeveral(key: Key, part: unknown, candidates: Candidates): void {
    const shared = candidates.partAt(key);
    const isNew = this.isNew(key, part);
    if (isNew && candidates.take(part, shared)) {
      this.#follow(candidates, key);
      this.show(key, part, part, shared.step);
      return;
    }
    const before = this.#best;
    const aligned = candidates.weigh(part, shared, isNew, (candidate) => this.#align(part, key, candidate));
    this.#follow(candidates, key);
    const { shape } = this.#best;
    if (candidates.isPlain || this.#best === before || this.partCount === 1) this.show(key, part, aligned);
    else this.showAnew(key, (whole, name) => alignPart(whole, name, shape, this.stage.alignment));
  }

  /** Goes on with the best of the candidates, after a part under `key`, and with it alone where no other is left. */
  #follow(candidates: Candidates, key: Key): void {
    this.#best = candidates.best;
    if (!candidates.isSettled) return;
    this.#candidates = undefined;
    this.#parts = partsOf(this.#best.shape);
    this.#seen |= this.#parts?.named.get(key)?.bit ?? 0;
  }

  #align(part: unknown, key: Key, candidate: Candidate): unknown {
    const closed = this.#closed;
    if (closed !== undefined && closed.frame.container === part) {
      candidate.cost += closed.#best.cost;
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
    return this.fits && this.#candidates === undefined && this.#best.shape.kind === kindOf(this.value);
  }

  /** Notes what the value was made into, once all of its parts are shown, so that they are not aligned again. */
  close(): void {
    const { shape, cost } = this.#best;
    const required = this.#parts?.required;
    if (!this.isSimple || !("bounds" in shape)) return;
    const hasAll = (this.#seen & (required ?? 0)) === required;
    if (!hasAll && shape.kind === "object" && !hasRequiredKeys(this.value, shape.fields)) return;
    if (!withinBounds(this.value, shape.bounds)) return;
    const growable = this.#growable;
    const isAll = growable?.all.length === 1 || (growable?.isChoice && cost === 0);
    if (this.#holder !== undefined && isAll) this.#holder.#closed = this;
    else this.stage.alignment.know(this.frame.container, shape, this.value, cost);
  }
}
