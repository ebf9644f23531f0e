const opening = "<think>";
const closing = "</think>";

/** How answers begin that are JSON, whatever stands in them later. */
const jsonStart = /^\s*(?:[[{"]|```)/;

/** What a piece of text held. */
export interface SplitText {
  readonly reasoning: string;
  /** What a reader of the answer shall see; reasoning that could not be told apart in time included. */
  readonly answer: string;
}

/**
 * Takes the reasoning out of answers of endpoints that leave it in the text: `<think>…</think>` before the answer, or
 * `…</think>` where the prompt had opened it. White space around the reasoning belongs to neither.
 */
export class ReasoningSplitter {
  /** The answer so far, without the reasoning. */
  answer = "";
  #state: "start" | "reasoning" | "open-answer" | "answer" = "start";
  /** Text that may turn out to be the start of a tag, and white space that only more reasoning lets out. */
  #held = "";
  #hasReasoned = false;
  /** The end of an open answer: searching all of it for the tag at each piece would cost the square of its length. */
  #tail = "";

  push(text: string): SplitText {
    switch (this.#state) {
      case "start":
        return this.#begin(this.#held + text);
      case "reasoning":
        return this.#reason(this.#held + text);
      case "open-answer":
        return this.#answerUntilClosing(text);
      case "answer":
        return this.#take(this.answer === "" ? text.trimStart() : text);
    }
  }

  /** What was held back because more could have come. */
  end(): SplitText {
    const held = this.#held;
    this.#held = "";
    return this.#state === "reasoning" ? { reasoning: held.trimEnd(), answer: "" } : this.#take(held);
  }

  #take(answer: string): SplitText {
    this.answer += answer;
    return { reasoning: "", answer };
  }

  #begin(text: string): SplitText {
    const trimmed = text.trimStart();
    if (trimmed.length < opening.length && opening.startsWith(trimmed)) {
      this.#held = text;
      return { reasoning: "", answer: "" };
    }
    this.#held = "";
    if (trimmed.startsWith(opening)) {
      this.#state = "reasoning";
      return this.#reason(trimmed.slice(opening.length));
    }
    this.#state = "open-answer";
    return this.push(text);
  }

  #reason(text: string): SplitText {
    const end = text.indexOf(closing);
    const certain = text.slice(0, end < 0 ? startOfTag(text) : end).trimEnd();
    const reasoning = this.#hasReasoned ? certain : certain.trimStart();
    this.#hasReasoned ||= reasoning !== "";
    if (end < 0) {
      this.#held = text.slice(certain.length);
      return { reasoning, answer: "" };
    }
    this.#held = "";
    this.#state = "answer";
    return { reasoning, answer: this.push(text.slice(end + closing.length)).answer };
  }

  #answerUntilClosing(text: string): SplitText {
    const window = this.#tail + text;
    this.#tail = window.slice(-closing.length);
    this.answer += text;
    const found = window.indexOf(closing);
    if (found < 0) return { reasoning: "", answer: text };
    this.#state = "answer";
    const end = this.answer.length - window.length + found;
    if (jsonStart.test(this.answer)) return { reasoning: "", answer: text };
    const reasoning = this.answer.slice(0, end).trim();
    this.answer = this.answer.slice(end + closing.length).trimStart();
    return { reasoning, answer: text };
  }
}

/** Where the longest end of `text` begins that is a start of the closing tag; the length of `text` where there is none. */
function startOfTag(text: string): number {
  let start = Math.max(0, text.length - closing.length + 1);
  while (!closing.startsWith(text.slice(start))) start++;
  return start;
}
