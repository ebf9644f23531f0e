/** Lines that one page of bits stands for. */
const LINES_PER_PAGE = 32_768;

/** Numbers of lines, from 1; one bit each, in pages that are made when they are needed. */
export class LineSet {
  readonly #pages = new Map<number, Uint8Array>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(line: number): boolean {
    const page = this.#pages.get(Math.floor(line / LINES_PER_PAGE));
    if (page === undefined) return false;
    const bit = line % LINES_PER_PAGE;
    return ((page[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }

  /** Adds a line; `false` where it was there already. */
  add(line: number): boolean {
    if (this.has(line)) return false;
    const number = Math.floor(line / LINES_PER_PAGE);
    const page = this.#pages.get(number) ?? new Uint8Array(LINES_PER_PAGE / 8);
    this.#pages.set(number, page);
    const bit = line % LINES_PER_PAGE;
    page[bit >> 3] = (page[bit >> 3] ?? 0) | (1 << (bit & 7));
    this.#size++;
    return true;
  }
}
