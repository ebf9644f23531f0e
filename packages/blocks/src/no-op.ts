import { type Static, Type } from "typebox";

const brand = Symbol.for("@conduit/no-op");

const schema = Type.Unsafe<Record<string, never>>(Type.Object({}, { additionalProperties: false }));

/**
 * The input of a block that needs none: the empty object, so that it is JSON like any other input.
 *
 * Such a block runs without an argument: `block.run()` or `block.run({ signal })`.
 */
export const NoOp: typeof schema = Object.defineProperty(schema, brand, { value: true });
export type NoOp = Static<typeof NoOp>;

/** Whether `schema` is {@link NoOp}, of whichever copy of this package. */
export function isNoOp(schema: object): boolean {
  return brand in schema;
}
