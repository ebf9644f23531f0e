import type { SchemaNode } from "./schema-node.ts";
import type { Shape } from "./shape.ts";

/** Builds the shape of a node; handed to the builders of structures, which know only their own. */
export type ShapeBuilder = (node: SchemaNode) => Shape;
