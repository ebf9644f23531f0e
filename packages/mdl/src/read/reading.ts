import type { Container } from "../is-container.ts";
import type { Repair } from "../repair.ts";

/** A JSON value read from a text. */
export interface Reading {
  readonly value: unknown;
  /** Offset in the text where the value starts. */
  readonly start: number;
  /** Offset in the text after the value. */
  readonly end: number;
  readonly repairs: readonly Repair[];
}

/** Is told what is read of an object or list. */
export interface Follower {
  /** The part under `key` is whole, and in its container. */
  part(key: string | number, value: unknown): void;
  /** No part comes any more. */
  close(): void;
}

/** Is told what is read of an answer. */
export interface AnswerFollower extends Follower {
  /** What is being read turned out to be no part of the answer, or `all` that was read. */
  drop(all: boolean): void;
}

/** An object or list that is being read, or what holds the values of a text, each under an empty key. */
export interface Frame {
  /** Its parts that are whole; a follower may set the one that is being read, or put a copy in its place. */
  container: Container;
  readonly closing: string;
  /** Of the part that is being read. */
  key: string | number | undefined;
  /** What stands between the last part and what comes. */
  separator: "bracket" | "comma" | "space" | "line";
  /** Undefined until somebody looks at the frame; null where nobody wants to know. */
  follower: Follower | null | undefined;
}
