import type { BlockGraph, BlockNode } from "./describe.ts";

/**
 * A {@link BlockGraph} as text of Mermaid (https://mermaid.js.org), which Markdown viewers draw.
 *
 * @example
 * ```ts
 * const shell = new SystemCommandBlock(SupportsShellCommand, { timeoutSeconds: 5 });
 * console.log(toMermaid(describe(shell)).split("\n")[0]); // flowchart TD
 * ```
 */
export function toMermaid({ nodes, edges }: BlockGraph): string {
  const roots = nodes.filter(({ parent }) => parent === undefined);
  return [
    "flowchart TD",
    ...roots.flatMap((root) => linesOf(root, nodes)).map((line) => `  ${line}`),
    ...edges.map(({ from, to }) => `  ${idOf(from)} --> ${idOf(to)}`),
    "",
  ].join("\n");
}

function linesOf(node: BlockNode, nodes: readonly BlockNode[]): string[] {
  const parts = nodes.filter(({ parent }) => parent === node.id);
  const label = node.label === undefined ? "" : `${node.label}: `;
  if (parts.length === 0) {
    return [`${idOf(node.id)}["${escaped(`${label}${node.name}`)}"]`];
  }
  return [
    // The name of a block of blocks repeats those of its parts.
    `subgraph ${idOf(node.id)}["${escaped(`${label}${node.kind}`)}"]`,
    ...parts.flatMap((part) => linesOf(part, nodes)).map((line) => `  ${line}`),
    "end",
  ];
}

function idOf(id: string): string {
  return `block${id.replaceAll(".", "_")}`;
}

/** Mermaid's own escapes, which go by character code. */
function escaped(text: string): string {
  return text.replaceAll(/["#<>&]|[^\S ]/g, (character) => `#${character.codePointAt(0)};`);
}
