/** How a matrix is stored: unquantised, or by a scheme that adds scales to its values. */
export type WeightScheme =
  | { readonly kind: "plain"; readonly bytesPerValue: number }
  | { readonly kind: "fp8"; readonly block?: readonly [number, number]; readonly scaleBytes: number }
  | { readonly kind: "int8"; readonly format?: undefined }
  | {
      readonly kind: "int4" | "int8";
      readonly format: "awq" | "gptq" | "packed" | "g32";
      readonly groupSize: number;
      readonly zeroPoints: boolean;
      readonly actOrder: boolean;
    }
  | { readonly kind: "nf4"; readonly blockSize: number }
  | { readonly kind: "mxfp4" }
  | { readonly kind: "nvfp4" };

/** Matrices of one shape and format: of all layers that are alike, and of all experts of these. */
export interface WeightModule {
  /** Path in the checkpoint without the prefixes that wrappers add, such as `layers.*.self_attn.q_proj`. */
  readonly name: string;
  /** Width of what comes out. */
  readonly rows: number;
  /** Width of what goes in. */
  readonly columns: number;
  /** How many of these matrices there are. */
  readonly copies: number;
  /** How many of them one token reads. */
  readonly activeCopies: number;
  readonly scheme: WeightScheme;
  /** Whether a runtime that quantises brings it to its format: linear layers but the head and routers. */
  readonly quantizable: boolean;
  /** How tensor parallelism divides it: over any number of ranks, over at most so many groups and copied beyond, or not at all. */
  readonly shards: "any" | "none" | number;
  /** `draft` marks layers that only speculative decoding loads; they count neither as parameters nor as weights. */
  readonly role: "weight" | "embedding" | "experts" | "vision" | "draft";
}

/** What layers of one kind keep per token or per sequence. */
export interface CacheLayer {
  readonly kind: "full" | "sliding" | "latent" | "compressed" | "indexer" | "state";
  /** Number of layers like this one. */
  readonly layers: number;
  /** Values of one entry of one layer; an entry is a token's unless `tokensPerEntry` says more. */
  readonly valuesPerEntry: number;
  /** Most tokens of one sequence that are kept; absent means all. */
  readonly windowTokens?: number;
  /** Tokens that share one entry, where a layer compresses its history; default 1. */
  readonly tokensPerEntry?: number;
  /** Most entries of one sequence that a step reads, where an indexer picks them; absent means all. */
  readonly readEntries?: number;
  /** Bytes that a sequence keeps however long it is, such as the state of a linear-attention layer. */
  readonly bytesPerSequence?: number;
  /** Key and value heads, over which tensor parallelism divides; absent means that each rank keeps all, as with MLA. */
  readonly heads?: number;
  /** Bytes per entry where the KV dtype does not decide, as for the FP8 keys of an indexer with their scale. */
  readonly bytesPerEntry?: number;
  /** Bytes per entry in FP8 where more is kept than its values, such as scales and what stays unquantised. */
  readonly bytesPerEntryInFp8?: number;
}

/** What one layer keeps. */
export type LayerCache = Omit<CacheLayer, "layers">;

/** The part of a model that reads images. */
export interface VisionShape {
  readonly parameters: number;
  /** Largest number of tokens that one image becomes. */
  readonly tokensPerImage: number;
  /** How often these go into the language model: once, and once per layer of DeepStack. */
  readonly streams: number;
}

/** What a `config.json` says about a model's size: data only, made by {@link parseModelConfig}. */
export interface ModelShape {
  /** Class in `transformers`, such as `Qwen3ForCausalLM`. */
  readonly architecture: string;
  readonly modelType: string;
  /** All parameters, tied embeddings once, without layers that only speculative decoding uses. */
  readonly parameters: number;
  /** Parameters that one token passes through: of the experts only those that the router picks. */
  readonly activeParameters: number;
  /** Parameters of multi-token prediction layers, which are in the checkpoint and loaded only for speculative decoding. */
  readonly draftParameters: number;
  /** Bytes of all weights as they are stored, without draft layers. */
  readonly weightsBytes: number;
  /** Bytes of weights that one step for one sequence reads. */
  readonly activeWeightsBytes: number;
  /** Format of most weights in lower case: `bfloat16`, `float16`, `float32`, `fp8`, `int8`, `int4-awq`, `int4-gptq`, `int4`, `int8-g32`, `int4-g32`, `nf4`, `mxfp4`, `nvfp4`. */
  readonly dtype: string;
  /** Format of activations and of what is not quantised. */
  readonly activationDtype: "bfloat16" | "float16" | "float32";
  /** Format of the KV cache that the checkpoint asks for: the activations' unless it carries scales for FP8. */
  readonly kvDtype: string;
  readonly layers: number;
  readonly hiddenSize: number;
  /** Width of the widest dense feed-forward layer, of one expert and of shared experts together; 0 where there is none. */
  readonly intermediateSize: number;
  readonly vocabularySize: number;
  readonly attentionHeads: number;
  /** Over which tensor parallelism divides keys and values; with latent attention, which every rank keeps whole, as many as `attentionHeads`. */
  readonly keyValueHeads: number;
  /** Longest sequence in tokens, scaled RoPE counted. */
  readonly maxPositionEmbeddings: number;
  /** Values of the tables of cosines and sines that RoPE turns heads by. */
  readonly rotaryTableValues: number;
  readonly experts?: number;
  readonly activeExperts?: number;
  /** Width of one routed expert. */
  readonly expertIntermediateSize?: number;
  /** Values of the matrix that MLA folds into queries and outputs, over all layers; 0 without MLA. */
  readonly absorbedParameters: number;
  /** Whether the head is the table of embeddings. */
  readonly tiedEmbeddings: boolean;
  readonly modules: readonly WeightModule[];
  readonly caches: readonly CacheLayer[];
  readonly vision?: VisionShape;
  /** How `weightsBytes` came about where the size of the checkpoint was given. */
  readonly weightsSource: string;
}
