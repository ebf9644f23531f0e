import { test } from "node:test";
import { fuzzDamaged, fuzzPlain, fuzzPrefixes, fuzzSloppy } from "./testing/fuzz.ts";

test("gives back every value from its JSON, without a repair", () => fuzzPlain(500));
test("gives back every value from what a model may make of its JSON", () => fuzzSloppy(1000));
test("gives of a damaged answer a valid value or the error of the package", () => fuzzDamaged(1000));
test("tells of every beginning of an answer what is in its value", () => fuzzPrefixes(500));
