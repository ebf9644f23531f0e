import { compile } from "json-schema-to-typescript";

/**
 * TypeScript's notation of a JSON Schema, descriptions as comments. Where the schema leaves an object open the notation does not say
 * so, and bounded lists are written without their bounds: both are shorter than json-schema-to-typescript's own defaults.
 */
export async function typescriptNotation(schema: object): Promise<string> {
  const { id: _, $id: __, ...withoutIdentifier } = structuredClone(schema) as Record<string, unknown>;
  const source = await compile(withoutIdentifier, "Answer", {
    bannerComment: "",
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    // Nothing outside the schema is read.
    $refOptions: { resolve: { external: false } },
  });
  return source.trim();
}
