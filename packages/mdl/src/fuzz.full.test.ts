import { test } from "node:test";
import { fuzzDamaged, fuzzPlain, fuzzPrefixes, fuzzSloppy } from "./testing/fuzz.ts";

test("gives back 10,000 values from their JSON, without a repair", () => fuzzPlain(10_000));
test("gives back 40,000 values from what a model may make of their JSON", () => fuzzSloppy(40_000));
test("gives of 40,000 damaged answers a valid value or the error of the package", () => fuzzDamaged(40_000));
test("tells of every beginning of 10,000 answers what is in their values", () => fuzzPrefixes(10_000));
