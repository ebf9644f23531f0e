/** A way in which models write JSON that is none. */
export interface Damage {
  readonly name: string;
  apply(json: string): string;
}

/** Each applied to the JSON of an answer, one member a line. */
export const DAMAGES: readonly Damage[] = [
  {
    name: "fence and prose",
    apply: (json) => `Here is what you asked for:\n\n\`\`\`json\n${json}\n\`\`\`\nAnything else?`,
  },
  {
    name: "reasoning first",
    apply: (json) => `<think>The user wants {"this": "or that"}.</think>\n${json}`,
  },
  { name: "trailing commas", apply: (json) => json.replaceAll(/(?<=[^[{,])(?=\n *[\]}])/g, ",") },
  { name: "bare keys", apply: (json) => json.replaceAll(/(?<=^ *)"([a-z]+)"(?=: )/gm, "$1") },
  { name: "no closing brackets", apply: (json) => json.replace(/[\s\]}]+$/, "") },
];
