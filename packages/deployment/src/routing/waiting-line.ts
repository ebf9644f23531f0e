/** Those who wait, first come first served; who has been served before and is back goes before all that are new. */
export class WaitingLine<Waiter> {
  readonly #back = new Set<Waiter>();
  readonly #new = new Set<Waiter>();

  get length(): number {
    return this.#back.size + this.#new.size;
  }

  get first(): Waiter | undefined {
    for (const waiter of this) return waiter;
    return undefined;
  }

  add(waiter: Waiter, { isBack }: { readonly isBack: boolean }): void {
    (isBack ? this.#back : this.#new).add(waiter);
  }

  delete(waiter: Waiter): void {
    if (!this.#back.delete(waiter)) this.#new.delete(waiter);
  }

  *[Symbol.iterator](): Generator<Waiter, void, undefined> {
    yield* this.#back;
    yield* this.#new;
  }
}
