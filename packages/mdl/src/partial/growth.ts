import { alignPart } from "../align/align-object.ts";
import { type Alignment, misfit } from "../align/alignment.ts";
import { partShape } from "../align/shapes-at.ts";
import { type Container, isContainer } from "../is-container.ts";
import { escapeKey } from "../json-pointer.ts";
import { setOwn } from "../own-property.ts";
import type { Follower, Frame } from "../read/reading.ts";
import type { StringReader } from "../read/string-reader.ts";
import { withinBounds } from "../shape/bounds.ts";
import { hasRequiredKeys } from "../shape/has-required-keys.ts";
import type { Shape } from "../shape/shape.ts";
import { hasSameParts, type Key, keysOf, kindOf } from "./container.ts";
import {
  type Growable,
  growableOf,
  maxKnown,
  type Parts,
  partsOf,
  type SharedPart,
  sharedPart,
} from "./growable.ts";
import type { PartialDelta } from "./partial-delta.ts";

/** What all that grows in one answer has in common. */
export interface Stage {
  readonly alignment: Alignment;
  /** What changed since the last push. */
  deltas: PartialDelta[];
}

/** A shape that an unfinished value may still fit, and how many repairs its parts took so far. */
interface Candidate {
  readonly shape: Shape;
  cost: number;
}

/**
 * What is shown of an object or list that is being read.
 *
 * As long as each part is shown as it was written, that is the container of the reader itself; from the first other part on the
 * reader has a copy.
 */
export class Growth implements Follower {
  readonly value: Container;
  protected readonly stage: Stage;
  readonly #frame: Pick<Frame, "container">;
  /** The candidate that is shown: one whose parts took few repairs. */
  #best: Candidate;
  /** Shapes of the candidates; those that a whole part contradicts are dropped as long as another is left. */
  #shapes: readonly Shape[];
  /** Where there are several, all of them; undefined as long as each takes every part as it was written. */
  #candidates: readonly Candidate[] | undefined;
  /** What the parts may be, where there is one candidate. */
  #parts: Parts | null;
  /** What this is shown in; absent for what holds the whole value. */
  readonly #holder: Growth | undefined;
  /** What the part of the holder may be, where nothing else in the holder tells more. */
  readonly #growable: Growable | undefined;
  /** What the paths of the parts start with. */
  readonly #start: string;
  /** Key of the part that is shown before it is whole, and what is shown of it. */
  #openKey: Key | undefined;
  #openPath = "";
  #shown: unknown;
  /** Where the text comes from that is shown before it is whole. */
  #writing: StringReader | undefined;
  /** The part that was shown to its end. */
  #closed: Growth | undefined;
  /** Whether every part so far fits. */
  #fits = true;
  /** How many parts have come, those twice under one key included. */
  #partCount = 0;
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
    const { container } = frame;
    const isList = Array.isArray(container);
    const shapes = isList ? growable.list : growable.object;
    this.stage = stage;
    this.#frame = frame;
    this.#shapes = shapes;
    this.#best = { shape: shapes[0] as Shape, cost: 0 };
    this.#parts = shapes.length === 1 ? partsOf(this.#best.shape) : null;
    this.#holder = holder;
    this.#growable = holder?.isKnown ? growable : undefined;
    this.value = holder === undefined ? {} : container;
    const path = holder?.begin(key, this.value, isList ? [] : {});
    this.#start = path === undefined ? "" : `${path}/`;
  }

  protected pathTo(key: Key, step = escapeKey(key)): string {
    return this.#start + step;
  }

  /** The part under `key` as far as it is shown. */
  shown(key: Key): unknown {
    const { value } = this;
    return Object.hasOwn(value, key) ? (value as Record<Key, unknown>)[key] : undefined;
  }

  /** What the part under `key` may be; undefined where it cannot be shown, as an item after one that is not. */
  growableAt(key: Key): Growable | undefined {
    if (!this.#takes(key)) return undefined;
    if (this.#shapes.length > 1) return sharedPart(this.#shapes, key);
    const parts = this.#parts;
    return parts ? (parts.named.get(key) ?? parts.others) : growableOf(partShape(this.#best.shape, key));
  }

  /** Whether what a part may be depends on its key alone. */
  get isKnown(): boolean {
    return this.#parts !== null;
  }

  #takes(key: Key): boolean {
    return !Array.isArray(this.value) || Number(key) <= this.value.length;
  }

  put(key: Key, part: unknown): void {
    if (Array.isArray(this.value)) this.value[Number(key)] = part;
    else setOwn(this.value, String(key), part);
  }

  /** Shows a part that begins; `told` is what the delta says of it. Gives its path. */
  begin(key: Key, part: string | Container, told = part, writing?: StringReader): string {
    const path = this.pathTo(key);
    this.#openKey = key;
    this.#openPath = path;
    this.#shown = part;
    this.#writing = writing;
    this.put(key, part);
    this.stage.deltas.push({ op: "set", path, value: told });
    return path;
  }

  /** Shows how the text goes on that began. */
  append(text: string): void {
    this.#shown = this.#writing?.taken;
    this.put(this.#openKey ?? "", this.#shown);
    this.stage.deltas.push({ op: "append", path: this.#openPath, text });
  }

  /** Shows the parts that came before this followed. */
  catchUp(): void {
    for (const key of keysOf(this.#frame.container)) this.part(key, this.#frame.container[key as never]);
  }

  /** Shows what became of a part that is whole, and drops the candidates that it contradicts. */
  part(key: Key, part: unknown): void {
    this.#partCount += 1;
    if (this.#shapes.length > 1) {
      this.#partOfSeveral(key, part);
      return;
    }
    const named = this.#parts?.named.get(key);
    const fits = this.#isNew(key, part) && (named ?? this.#parts?.others)?.fitsAtOnce(part);
    if (named !== undefined) this.#seen |= named.bit;
    this.show(key, part, fits ? part : this.#align(part, key, this.#best), named?.step);
  }

  #partOfSeveral(key: Key, part: unknown): void {
    const shared = sharedPart(this.#shapes, key);
    const isNew = this.#isNew(key, part);
    if (isNew && this.#candidates === undefined) {
      // No candidate is weighed as long as all that may be meant take every part as it was written.
      const left = typeof part === "string" ? shared.left?.get(part) : undefined;
      if (left !== undefined || fitAll(part, shared.tests)) {
        if (left !== undefined) this.#keep(left, key);
        this.show(key, part, part, shared.step);
        return;
      }
    }
    this.#weigh(key, part, shared, isNew);
  }

  /** Shows what becomes of a part for the candidate that needs few repairs. */
  #weigh(key: Key, part: unknown, { tests, left }: SharedPart, isNew: boolean): void {
    const before = this.#best;
    const shapes = this.#shapes;
    const isPlain = isNew && this.#candidates === undefined;
    const candidates =
      this.#candidates ?? shapes.map((shape) => (shape === before.shape ? before : { shape, cost: 0 }));
    const aligned = candidates.map((candidate, index) =>
      isNew && tests[index]?.(part) ? part : this.#align(part, key, candidate),
    );
    const fitting = candidates.filter((_, index) => aligned[index] !== misfit);
    const alive = fitting.length > 0 ? fitting : candidates;
    const now = bestOf(alive, before);
    const isKept = alive.length === candidates.length;
    this.#best = now;
    this.#candidates = alive;
    this.#keep(isKept ? shapes : alive.map(({ shape }) => shape), key);
    if (isPlain && fitting.length > 0 && aligned.every((value) => value === misfit || value === part)) {
      this.#candidates = undefined;
      const isShort = typeof part === "string" && part.length < maxKnown;
      if (isShort && left !== undefined && left.size < maxKnown) left.set(part, this.#shapes);
      this.show(key, part, part);
    } else if (now === before || this.#partCount === 1) {
      this.show(key, part, aligned[candidates.indexOf(now)]);
    } else this.#showAnew(key);
  }

  /** Goes on with some of the shapes, after a part under `key`. */
  #keep(shapes: readonly Shape[], key: Key): void {
    if (shapes === this.#shapes) return;
    const [first] = shapes as readonly [Shape];
    this.#shapes = shapes;
    if (!shapes.includes(this.#best.shape)) this.#best = { shape: first, cost: 0 };
    if (shapes.length > 1) return;
    this.#candidates = undefined;
    this.#parts = partsOf(first);
    this.#seen |= this.#parts?.named.get(key)?.bit ?? 0;
  }

  /** Whether nothing has been shown of a part that may have parts itself: they are known, and not gone through again. */
  #isNew(key: Key, part: unknown): boolean {
    return this.#openKey !== key || typeof part === "string";
  }

  /** Shows all parts as another candidate has them, the last of which came under `key`. */
  #showAnew(key: Key): void {
    const shown = this.#takeShown(key);
    this.#separate();
    if (shown === undefined) this.#remove(key);
    else this.put(key, shown);
    const names = keysOf(this.#frame.container).slice(0, this.#partCount);
    for (const name of names) {
      const whole = this.#frame.container[name as never];
      this.show(name, whole, alignPart(whole, name, this.#best.shape, this.stage.alignment));
    }
    if (names.length < this.#partCount) this.#tellAll();
  }

  #remove(key: Key): void {
    if (Array.isArray(this.value)) this.value.length = Math.min(this.value.length, Number(key));
    else delete this.value[key];
  }

  /** Tells of the whole value where, with a key that stands twice, the reader has lost what was told before. */
  #tellAll(): void {
    this.stage.deltas.push({ op: "set", path: this.#start.slice(0, -1), value: { ...this.value } });
  }

  #align(part: unknown, key: Key, candidate: Candidate): unknown {
    const closed = this.#closed;
    if (closed !== undefined && closed.#frame.container === part) {
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
    return this.#fits && this.#shapes.length === 1 && this.#best.shape.kind === kindOf(this.value);
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
    else this.stage.alignment.know(this.#frame.container, shape, this.value, cost);
  }

  /** Shows what became of a whole part; nothing where it does not fit or is dropped. `step` is its key in JSON Pointers. */
  show(key: Key, part: unknown, aligned: unknown, step?: Key): void {
    const { deltas, alignment } = this.stage;
    const isOpen = this.#openKey === key;
    if (!isOpen && aligned === part && this.value === this.#frame.container) {
      deltas.push({ op: "set", path: this.pathTo(key, step), value: part });
      return;
    }
    // Long texts are costly to compare: of one that grew, its reader has what was not told yet.
    const rest = isOpen && aligned === part ? this.#writing?.untaken : undefined;
    const shown = this.#takeShown(key);
    if (rest !== undefined) {
      if (this.value !== this.#frame.container) this.put(key, aligned);
      if (rest !== "") deltas.push({ op: "append", path: this.#openPath, text: rest });
      return;
    }
    if (aligned === part && shown === part && isContainer(part)) return;
    if (!this.#takes(key)) return;
    const isSeparated = aligned !== part && this.#separate();
    if (aligned === misfit) this.#fits = false;
    if (aligned === misfit || aligned === undefined) {
      this.#remove(key);
      const isTwice = isSeparated && Object.keys(this.#frame.container).length < this.#partCount;
      if (isTwice) this.#tellAll();
      else if (shown !== undefined) deltas.push({ op: "remove", path: this.pathTo(key, step) });
      return;
    }
    const isSame = aligned === shown || hasSameParts(shown, aligned);
    if (isSame && isContainer(part)) alignment.adopt(part, aligned, shown as object);
    this.put(key, isSame ? shown : aligned);
    if (isSame) return;
    const path = this.pathTo(key, step);
    if (typeof shown === "string" && typeof aligned === "string" && aligned.startsWith(shown)) {
      deltas.push({ op: "append", path, text: aligned.slice(shown.length) });
    } else {
      deltas.push({ op: "set", path, value: aligned });
    }
  }

  /** What was shown before under a key whose part is whole now. */
  #takeShown(key: Key): unknown {
    if (this.#openKey !== key) return this.value === this.#frame.container ? undefined : this.shown(key);
    this.#openKey = undefined;
    return this.#shown;
  }

  /** Leaves a copy to the reader, which what is shown differs from; false where it has one. */
  #separate(): boolean {
    const { value } = this;
    if (value !== this.#frame.container) return false;
    this.#frame.container = Array.isArray(value) ? [...value] : { ...value };
    // What has not been caught up with is not shown yet.
    if (Array.isArray(value)) value.splice(this.#partCount);
    else for (const key of Object.keys(value).slice(this.#partCount)) delete value[key];
    return true;
  }
}

function fitAll(part: unknown, tests: SharedPart["tests"]): boolean {
  for (const fits of tests) if (!fits(part)) return false;
  return true;
}

/**
 * The candidate whose parts took the fewest repairs, the first of equals; the one `before` as long as it took no more than
 * twice as many, since with another all parts are shown anew.
 */
function bestOf(candidates: readonly Candidate[], before: Candidate): Candidate {
  const best = candidates.reduce((least, candidate) => (candidate.cost < least.cost ? candidate : least));
  return candidates.includes(before) && before.cost <= 2 * best.cost ? before : best;
}
