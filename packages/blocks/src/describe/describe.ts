import { compileSchema, type JsonObject, type JsonValue, type Schema } from "@conduit/types";
import { blockDetails, type DescribedBlock } from "./block-details.ts";
import { schemaName } from "./schema-name.ts";

/** A block in a {@link BlockGraph}. */
export interface BlockNode {
  /** Unique within the graph; says where the block is, as `0.1` for the second part of the whole. */
  readonly id: string;
  readonly name: string;
  /** What sort of block it is, such as `pipe`. */
  readonly kind: string;
  /** The node whose part it is; absent for the whole. */
  readonly parent?: string;
  /** What the whole calls this part. */
  readonly label?: string;
  readonly settings?: { readonly [name: string]: JsonValue };
  readonly input: SchemaDescription;
  readonly output: SchemaDescription;
}

export interface SchemaDescription {
  readonly name: string;
  /** Absent where the schema's library has none for it. */
  readonly jsonSchema?: JsonObject;
}

/** One block gives its result to another one. */
export interface BlockEdge {
  readonly from: string;
  readonly to: string;
}

/** A block and its parts, as JSON. */
export interface BlockGraph {
  readonly nodes: readonly BlockNode[];
  readonly edges: readonly BlockEdge[];
}

/**
 * What a block is made of, as JSON: nodes within nodes, and edges between the steps of pipes.
 *
 * @example
 * ```ts
 * const shell = new SystemCommandBlock(SupportsShellCommand);
 * const graph = describe(retry(shell, { maxRetries: 3 }));
 * console.log(graph.nodes.map(({ id, kind, parent }) => [id, kind, parent]));
 * // [ [ '0', 'retry', undefined ], [ '0.0', 'command', '0' ] ]
 * ```
 */
export function describe(block: DescribedBlock): BlockGraph {
  const nodes: BlockNode[] = [];
  const edges: BlockEdge[] = [];
  collect(block, { id: "0" }, nodes, edges);
  return { nodes, edges };
}

function collect(
  block: DescribedBlock,
  place: Pick<BlockNode, "id" | "parent" | "label">,
  nodes: BlockNode[],
  edges: BlockEdge[],
): void {
  const { kind, parts = [], settings } = block[blockDetails];
  nodes.push({
    ...place,
    name: block.name,
    kind,
    ...(settings !== undefined && { settings }),
    input: descriptionOf(block.input),
    output: descriptionOf(block.output),
  });
  for (const [index, { block: part, label }] of parts.entries()) {
    const id = `${place.id}.${index}`;
    collect(part, { id, parent: place.id, ...(label !== undefined && { label }) }, nodes, edges);
    if (kind === "pipe" && index > 0) edges.push({ from: `${place.id}.${index - 1}`, to: id });
  }
}

function descriptionOf(schema: Schema): SchemaDescription {
  const name = schemaName(schema);
  try {
    // Schemas may hold what JSON has no word for; the graph is JSON.
    return { name, jsonSchema: JSON.parse(JSON.stringify(compileSchema(schema).jsonSchema)) as JsonObject };
  } catch {
    return { name };
  }
}
