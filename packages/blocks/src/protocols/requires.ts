import type { OutputOf, Schema } from "@conduit/types";
import type { DifferingFields, MissingFields } from "../fields.ts";

/**
 * The schema `S`, whose data must have the fields of `Protocol`. A schema that lacks one does not compile: it is asked to be a
 * sentence that names the field, which the compiler prints.
 *
 * @example
 * ```ts
 * class EchoBlock<I extends Schema> extends Block<I, typeof SupportsShellCommand> {
 *   constructor(input: Requires<I, SupportsShellCommand>) {
 *     super(input, SupportsShellCommand);
 *   }
 *
 *   protected override async forward(data: OutputOf<I>) {
 *     return data as SupportsShellCommand;
 *   }
 * }
 *
 * const echo = new EchoBlock(Type.Object({ shellCommand: Type.String() }));
 * console.log(await echo.run({ shellCommand: "ls" })); // { shellCommand: 'ls' }
 * ```
 */
export type Requires<S extends Schema, Protocol> = S &
  ([OutputOf<S>] extends [Protocol] ? unknown : Problem<OutputOf<S>, Protocol>);

type Problem<Data, Protocol> = [MissingFields<Data, Protocol>] extends [never]
  ? [DifferingFields<Data, Protocol>] extends [never]
    ? "This block's input schema must describe an object."
    : `The field '${DifferingFields<Data, Protocol>}' of the input schema is of another type than this block needs.`
  : `The input schema lacks the field '${MissingFields<Data, Protocol>}' that this block needs.`;
