/** What models that reason write before their answer. */
export const endOfReasoning = "</think>";
const fenced = /^```[^\n`]*\n([\s\S]*?)\n?```$/;

/** The answer in a text, without the reasoning before it, nor space or a code fence around it; empty when there is none yet. */
export function answerText(text: string): string {
  const end = text.lastIndexOf(endOfReasoning);
  if (end < 0 && text.trimStart().startsWith("<think>")) return "";
  const answer = text.slice(end < 0 ? 0 : end + endOfReasoning.length).trim();
  return fenced.exec(answer)?.[1]?.trim() ?? answer;
}
