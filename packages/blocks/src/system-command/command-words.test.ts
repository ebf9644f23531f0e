import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { splitWords } from "./command-words.ts";

test("words are those of a shell", () => {
  for (const command of [
    "ls -al /tmp",
    "  a\tb  ",
    "echo 'a b' \"c d\" e\\ f",
    `a'b'"c"d`,
    "'' \"\"",
    `"a\\"b\\\\c\\d" 'e\\f'`,
    "'$HOME' \\$HOME \"\\$HOME\"",
    "a~b a#b a!b a=b a]b é",
    "'new\nline'",
  ]) {
    const split = splitWords(command);
    assert.ok("words" in split, command);
    const shell = execFileSync("/bin/sh", ["-c", `for word in ${command}; do printf '%s\\0' "$word"; done`]);
    assert.deepEqual(split.words, shell.toString().split("\0").slice(0, -1), command);
  }
});

test("what is more than words is refused", () => {
  for (const command of [
    "a; b",
    "a && b",
    "a | b",
    "a > b",
    "a < b",
    "a &",
    "$(a)",
    "`a`",
    "$HOME",
    '"$HOME"',
    '"`a`"',
    "a\nb",
    "*.ts",
    "a?",
    "[ab]",
    "{a,b}",
    "~/a",
    "# a",
    "! a",
    "'a",
    '"a',
    "a\\",
    "a\\\nb",
    "",
    "  ",
  ]) {
    assert.ok("problem" in splitWords(command), command);
  }
});
