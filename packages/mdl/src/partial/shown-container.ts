import { misfit } from "../align/alignment.ts";
import { type Container, isContainer } from "../is-container.ts";
import { escapeKey } from "../json-pointer.ts";
import { setOwn } from "../own-property.ts";
import type { Frame } from "../read/reading.ts";
import type { StringReader } from "../read/string-reader.ts";
import { hasSameParts, type Key, keysOf } from "./container.ts";
import type { Stage } from "./stage.ts";

/**
 * What is shown of an object or list that is being read, and what is told when that changes.
 *
 * As long as each part is shown as it was written, that is the container of the reader itself; from the first other part on the
 * reader has a copy.
 */
export class ShownContainer {
  readonly value: Container;
  protected readonly stage: Stage;
  protected readonly frame: Pick<Frame, "container">;
  /** How many parts have come, those twice under one key included. */
  protected partCount = 0;
  /** Whether every part so far fits. */
  protected fits = true;
  /** What the paths of the parts start with. */
  readonly #start: string;
  /** Key of the part that is shown before it is whole, and what is shown of it. */
  #openKey: Key | undefined;
  #openPath = "";
  #shown: unknown;
  /** Where the text comes from that is shown before it is whole. */
  #writing: StringReader | undefined;

  /** Shows nothing yet of the part of `holder` under `key`; what holds the whole value has no holder. */
  constructor(
    stage: Stage,
    frame: Pick<Frame, "container">,
    holder: ShownContainer | undefined,
    key: Key,
    step?: Key,
  ) {
    const { container } = frame;
    this.stage = stage;
    this.frame = frame;
    this.value = holder === undefined ? {} : container;
    if (holder === undefined) this.#start = "";
    else {
      // What deltas tell must not grow.
      this.#start = `${holder.begin(key, Array.isArray(container) ? [] : {}, step)}/`;
      holder.#shown = container;
      holder.put(key, container);
    }
  }

  protected pathTo(key: Key, step = escapeKey(key)): string {
    return this.#start + step;
  }

  /** The part under `key` as far as it is shown. */
  shown(key: Key): unknown {
    const { value } = this;
    return Object.hasOwn(value, key) ? (value as Record<Key, unknown>)[key] : undefined;
  }

  /** Whether a part can be shown under `key`: not an item after one that is not shown. */
  protected takes(key: Key): boolean {
    return !Array.isArray(this.value) || Number(key) <= this.value.length;
  }

  protected put(key: Key, part: unknown): void {
    if (Array.isArray(this.value)) this.value[Number(key)] = part;
    else setOwn(this.value, String(key), part);
  }

  /** Tells of a part that begins, which is an empty container or what has come of the text of `writing`. Gives its path. */
  begin(key: Key, part: string | Container, step?: Key, writing?: StringReader): string {
    const path = this.pathTo(key, step);
    this.#openKey = key;
    this.#openPath = path;
    this.#shown = part;
    this.#writing = writing;
    this.stage.deltas.push({ op: "set", path, value: part });
    return path;
  }

  /** Tells how the text goes on that began. */
  append(text: string): void {
    this.stage.deltas.push({ op: "append", path: this.#openPath, text });
  }

  /** Shows the text that is being read as far as it has been told of. */
  showText(): void {
    if (this.#openKey !== undefined && this.#writing) this.put(this.#openKey, this.#writing.taken);
  }

  /** Whether nothing has been shown of a part that may have parts itself: they are known, and not gone through again. */
  protected isNew(key: Key, part: unknown): boolean {
    return this.#openKey !== key || typeof part === "string";
  }

  /** Shows what became of a whole part; nothing where it does not fit or is dropped. `step` is its key in JSON Pointers. */
  protected show(key: Key, part: unknown, aligned: unknown, step?: Key): void {
    const { deltas, alignment } = this.stage;
    const isOpen = this.#openKey === key;
    if (!isOpen && aligned === part && this.value === this.frame.container) {
      deltas.push({ op: "set", path: this.pathTo(key, step), value: part });
      return;
    }
    // Long texts are costly to compare: of one that grew, its reader has what was not told yet.
    const rest = isOpen && aligned === part ? this.#writing?.untaken : undefined;
    const shown = this.#takeShown(key);
    if (rest !== undefined) {
      if (this.value !== this.frame.container) this.put(key, aligned);
      if (rest !== "") deltas.push({ op: "append", path: this.#openPath, text: rest });
      return;
    }
    if (aligned === part && shown === part && isContainer(part)) return;
    if (!this.takes(key)) return;
    const isSeparated = aligned !== part && this.#separate();
    if (aligned === misfit) this.fits = false;
    if (aligned === misfit || aligned === undefined) {
      this.#remove(key);
      const isTwice = isSeparated && Object.keys(this.frame.container).length < this.partCount;
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

  /** Shows all parts again, the last of which came under `key`, as `align` has them. */
  protected showAnew(key: Key, align: (part: unknown, key: Key) => unknown): void {
    const shown = this.#takeShown(key);
    this.#separate();
    if (shown === undefined) this.#remove(key);
    else this.put(key, shown);
    const names = keysOf(this.frame.container).slice(0, this.partCount);
    for (const name of names) {
      const whole = this.frame.container[name as never];
      this.show(name, whole, align(whole, name));
    }
    if (names.length < this.partCount) this.#tellAll();
  }

  #remove(key: Key): void {
    if (Array.isArray(this.value)) this.value.length = Math.min(this.value.length, Number(key));
    else delete this.value[key];
  }

  /** Tells of the whole value where, with a key that stands twice, the reader has lost what was told before. */
  #tellAll(): void {
    this.stage.deltas.push({ op: "set", path: this.#start.slice(0, -1), value: { ...this.value } });
  }

  /** What was shown before under a key whose part is whole now. */
  #takeShown(key: Key): unknown {
    if (this.#openKey !== key) return this.value === this.frame.container ? undefined : this.shown(key);
    this.#openKey = undefined;
    return this.#writing ? this.#writing.taken : this.#shown;
  }

  /** Leaves a copy to the reader, which what is shown differs from; false where it has one. */
  #separate(): boolean {
    const { value } = this;
    if (value !== this.frame.container) return false;
    this.frame.container = Array.isArray(value) ? [...value] : { ...value };
    // What has not been caught up with is not shown yet.
    if (Array.isArray(value)) value.splice(this.partCount);
    else for (const key of Object.keys(value).slice(this.partCount)) delete value[key];
    return true;
  }
}
