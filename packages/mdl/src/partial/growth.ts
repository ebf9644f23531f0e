import type { Alignment } from "../align/alignment.ts";
import { misfit } from "../align/alignment.ts";
import { pointerStep } from "../json-pointer.ts";
import { setOwn } from "../own-property.ts";
import type { Frame } from "../read/reading.ts";
import { withinBounds } from "../shape/bounds.ts";
import type { Shape } from "../shape/shape.ts";
import type { PartialDelta } from "./partial-delta.ts";

/** A shape that an unfinished value may still fit, and how many repairs its parts took so far. */
export interface Candidate {
  readonly shape: Shape;
  cost: number;
}

/** What is shown of an object or list that is being read. */
export class Growth {
  readonly frame: Frame;
  readonly value: Frame["container"];
  /** At least one; those that a whole part contradicts are dropped as long as another is left. */
  candidates: readonly Candidate[];
  /** Pointer of the value; undefined for the frame of the whole values of an answer. */
  readonly #path: string | undefined;
  readonly #alignment: Alignment;
  /** Key of the last part that was shown before it was whole. */
  open: string | number | undefined;
  /** Whether every part so far fits. */
  #isWhole = true;

  constructor(frame: Frame, shapes: readonly Shape[], path: string | undefined, alignment: Alignment) {
    this.frame = frame;
    this.value = Array.isArray(frame.container) && path !== undefined ? [] : {};
    this.candidates = shapes.map((shape) => ({ shape, cost: 0 }));
    this.#path = path;
    this.#alignment = alignment;
  }

  /** The candidate whose parts took the fewest repairs, the first of equals. */
  get best(): Shape | undefined {
    let [best] = this.candidates;
    for (const candidate of this.candidates) if (best && candidate.cost < best.cost) best = candidate;
    return best?.shape;
  }

  pathTo(key: string | number): string {
    return this.#path === undefined ? "" : this.#path + pointerStep(key);
  }

  shown(key: string | number): unknown {
    const { value } = this;
    return Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined;
  }

  /** Whether a part under `key` can be shown: an item after a missing one would stand under a wrong index. */
  takes(key: string | number): boolean {
    return !Array.isArray(this.value) || Number(key) <= this.value.length;
  }

  put(key: string | number, part: unknown): void {
    if (Array.isArray(this.value)) this.value[Number(key)] = part;
    else setOwn(this.value, String(key), part);
  }

  /** Whether the parts, as they are shown, are what the value is made into. */
  get isSimple(): boolean {
    const [only, another] = this.candidates;
    const kind = Array.isArray(this.value) ? "list" : "object";
    return this.#isWhole && another === undefined && only?.shape.kind === kind;
  }

  /** Notes what the value was made into, once all of its parts are shown, so that they are not aligned again. */
  finish(): void {
    const [only] = this.candidates;
    if (only === undefined || !this.isSimple) return;
    const { shape, cost } = only;
    const { container } = this.frame;
    if ("bounds" in shape && !hasMissingKeys(this.value, shape) && withinBounds(this.value, shape.bounds)) {
      this.#alignment.know(container, shape, this.value, cost);
    }
  }

  /**
   * Shows what became of a whole part; nothing where it does not fit or is dropped. `mayBeShown` tells whether something may
   * be shown of it already.
   */
  show(
    key: string | number,
    raw: unknown,
    aligned: unknown,
    deltas: PartialDelta[],
    mayBeShown = this.open === key,
  ): void {
    if (!this.takes(key)) return;
    const isGone = aligned === misfit || aligned === undefined;
    const shown = isGone || mayBeShown ? this.shown(key) : undefined;
    if (aligned === shown) return;
    const path = this.pathTo(key);
    if (aligned === misfit) this.#isWhole = false;
    if (isGone) {
      if (shown === undefined) return;
      if (Array.isArray(this.value)) this.value.length = Number(key);
      else delete this.value[key];
      deltas.push({ op: "remove", path });
      return;
    }
    if (hasSameParts(shown, aligned)) {
      if (typeof raw === "object" && raw !== null) this.#alignment.adopt(raw, aligned, shown as object);
      return;
    }
    if (typeof shown === "string" && typeof aligned === "string" && aligned.startsWith(shown)) {
      deltas.push({ op: "append", path, text: aligned.slice(shown.length) });
    } else {
      deltas.push({ op: "set", path, value: aligned });
    }
    this.put(key, aligned);
  }
}

function hasMissingKeys(value: object, shape: Shape): boolean {
  return (
    shape.kind === "object" &&
    shape.fields.some(({ name, optional }) => !optional && !Object.hasOwn(value, name))
  );
}

/** Whether two values are the same but for the object or list around their parts. */
function hasSameParts(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && a[key as keyof typeof a] === b[key as keyof typeof b])
  );
}
