import { createHash } from "node:crypto";
import { type CompiledSchema, compileSchema } from "@conduit/types";
import type { Block } from "../block.ts";
import type { BlockContext } from "../block-context.ts";
import { saysFailure } from "../composed/block-failure.ts";
import { WrappedBlock } from "../composed/composed-block.ts";
import { type BlockDetails, blockDetails } from "../describe/block-details.ts";
import { describe } from "../describe/describe.ts";
import { wholeIdentityOf } from "../describe/identity.ts";
import { requireSeconds } from "../option-checks.ts";
import type { Validated } from "../validated.ts";
import type { CacheOptions } from "./cache-options.ts";
import type { CacheStore } from "./cache-store.ts";
import { canonicalJson } from "./canonical-json.ts";
import { MemoryCache } from "./memory-cache.ts";

export class CacheBlock extends WrappedBlock {
  readonly #store: CacheStore;
  readonly #maxAgeSeconds: number | undefined;
  readonly #output: CompiledSchema;
  #id: string | undefined;

  constructor(block: Block, { store = new MemoryCache(), id, maxAgeSeconds }: CacheOptions) {
    super("cache", block);
    this.#store = store;
    this.#id = id;
    this.#maxAgeSeconds = maxAgeSeconds && requireSeconds("cache", "maxAgeSeconds", maxAgeSeconds);
    this.#output = compileSchema(block.output);
  }

  override get [blockDetails](): BlockDetails {
    return { kind: "cache", parts: [{ block: this.block }] };
  }

  protected override async forward(
    data: unknown,
    context: BlockContext,
    written: unknown,
  ): Promise<Validated> {
    const key = this.#keyOf(data);
    if (key === undefined) return this.runBlock(data, context, written);
    const kept = await this.#read(key);
    if (kept !== undefined) return kept;
    const result = await this.runBlock(data, context, written);
    if (!saysFailure(result.value)) await this.#write(key, result);
    return result;
  }

  #keyOf(data: unknown): string | undefined {
    const json = canonicalJson(data);
    if (json === undefined) return undefined;
    this.#id ??= digest(`${JSON.stringify(describe(this.block))} ${wholeIdentityOf(this.block)}`);
    return digest(`${JSON.stringify(this.#id)} ${json}`);
  }

  async #read(key: string): Promise<Validated | undefined> {
    const text = await this.#store.get(key);
    if (text === undefined) return undefined;
    const { at, written } = JSON.parse(text) as { readonly at: number; readonly written: unknown };
    if (this.#maxAgeSeconds !== undefined && Date.now() - at > this.#maxAgeSeconds * 1_000) return undefined;
    const check = await this.#output.check(written);
    return check.valid ? { written, value: check.value } : undefined;
  }

  async #write(key: string, { written }: Validated): Promise<void> {
    const json = canonicalJson(written);
    if (json === undefined) return;
    const text = JSON.stringify({ at: Date.now(), written });
    // What JSON would change is not kept: another result must not come back.
    if (canonicalJson(JSON.parse(text).written) !== json) return;
    await this.#store.set(key, text);
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
