import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import { InvalidRequestError } from "../errors/invalid-request-error.ts";
import { Conversation } from "./conversation.ts";

const circular: Record<string, unknown> = {};
circular.itself = circular;

const noJson: readonly [name: string, data: unknown, found: RegExp][] = [
  ["an object that holds itself", circular, /circular/],
  ["a bigint", { id: 1n }, /BigInt/],
  ["a function", () => 1, /found function/],
];

for (const [name, data, found] of noJson) {
  test(`refuses ${name} as data`, () => {
    assert.throws(
      () => new Conversation({ model: "m", output: Type.Object({}), data }),
      (error) => InvalidRequestError.isInstance(error) && error.field === "data" && found.test(error.message),
    );
  });
}
