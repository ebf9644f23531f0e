import { alignPart } from "../align/align-object.ts";
import { misfit } from "../align/alignment.ts";
import type { Shape } from "../shape/shape.ts";
import { takesLines } from "../understand.ts";
import { Choice, type Growable, growableOf } from "./choice.ts";
import { Growth } from "./growth.ts";
import type { Stage } from "./stage.ts";

/** Holds the value of an answer, under an empty key: the first of its values that fits. */
export class ValueGrowth extends Growth {
  readonly #root: Shape;
  /** Whether a value that fits is whole; `lines` where more of them may follow. */
  #settled: boolean | "lines" = false;

  constructor(stage: Stage, root: Shape) {
    super(stage, { container: {} }, new Choice([root]));
    this.#root = root;
  }

  protected override pathTo(): string {
    return "";
  }

  override growableAt(): Growable | undefined {
    return this.#settled ? undefined : growableOf(this.#root);
  }

  override get isKnown(): boolean {
    return false;
  }

  /** Of values that are whole, none is aligned again. */
  override get isSimple(): boolean {
    return true;
  }

  /** Forgets the value, and that there was one if `all` that was read is no part of the answer. */
  drop(all: boolean): void {
    this.show("", undefined, misfit);
    if (all) this.#settled = false;
  }

  override part(key: string, part: unknown): void {
    if (this.#settled === true) return;
    const { alignment, deltas } = this.stage;
    const isLine = takesLines(this.#root) && !Array.isArray(part);
    if (this.#settled && isLine) {
      const list = this.shown(key) as unknown[];
      const item = alignPart(part, list.length, this.#root, alignment);
      if (item === misfit) return;
      deltas.push({ op: "set", path: `/${list.length}`, value: item });
      list.push(item);
      return;
    }
    const aligned = alignment.align(part, this.#root);
    if (aligned === misfit && this.#settled) return;
    this.show(key, part, aligned);
    if (aligned === misfit) return;
    this.#settled = isLine ? "lines" : true;
    // The list that a delta tells of must not grow.
    if (isLine) this.put(key, [...(aligned as unknown[])]);
  }
}
