/** Longest text of an answer that is quoted. */
const MOST_CHARACTERS = 100;
/** Shorter ones are words that anybody writes, and stay. */
const LEAST_SECRET_CHARACTERS = 8;

/** What an answer is that should have been JSON. Pods have secrets in their environments, so that nothing of a broken one is quoted. */
export function describeText(text: string): string {
  const words = text.trim();
  if (/^[[{]/.test(words)) return `JSON that is broken or cut off after ${text.length} characters`;
  return `no JSON: ${JSON.stringify(words.slice(0, MOST_CHARACTERS))}`;
}

/** A text with `***` in the place of each secret, as it is and as JSON has it. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter(({ length }) => length >= LEAST_SECRET_CHARACTERS)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .reduce((cleaned, secret) => cleaned.replaceAll(secret, "***"), text);
}
