const brand = Symbol.for("@conduit/error");

/** Options of every {@link ConduitError}: `cause` is the failure that led to this one. */
export interface ConduitErrorOptions {
  readonly cause?: unknown;
}

/**
 * Base of every error that Conduit throws.
 *
 * `code` is stable across releases; messages are not. `isInstance` of the base and of every subclass also recognises
 * errors made by another copy of the package, which `instanceof` does not.
 */
export abstract class ConduitError extends Error {
  /** Stable name of this way to fail, in upper snake case. */
  abstract readonly code: string;
  /** @internal Marks errors of every copy of this package. */
  readonly [brand] = true;

  constructor(message: string, options: ConduitErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : options);
    this.name = this.constructor.name;
  }

  /** Whether `value` is a Conduit error; called on a subclass, whether it is an error of that code, or of a class below it. */
  static isInstance<E extends ConduitError>(this: ErrorClass<E>, value: unknown): value is E {
    return (
      value instanceof Error && brand in value && isOfCode(value.constructor as { code?: unknown }, this.code)
    );
  }
}

/** Whether a class, or one that it extends, has the code. All extend one that has none. */
function isOfCode(from: { readonly code?: unknown } | null, code: string | undefined): boolean {
  return from !== null && (from.code === code || isOfCode(Object.getPrototypeOf(from), code));
}

/** A class of errors; `code` is absent on classes that stand for several codes. */
export interface ErrorClass<E extends ConduitError> {
  readonly prototype: E;
  readonly code?: string;
}
