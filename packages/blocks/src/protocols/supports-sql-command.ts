import { type Static, Type } from "typebox";

/** Data with an SQL command, and the values of its placeholders in their order. */
export const SupportsSqlCommand = Type.Object({
  sqlCommand: Type.String(),
  parameters: Type.Optional(
    Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
  ),
});
export type SupportsSqlCommand = Static<typeof SupportsSqlCommand>;
