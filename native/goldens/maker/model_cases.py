"""The model cases: for each a config.json as a publisher would write it, and how its weights are stored."""

from dataclasses import dataclass, field
from typing import Any

from .shape import text_of

VOCAB_SIZE = 288


@dataclass(frozen=True)
class Case:
    name: str
    description: str
    features: list[str]
    config: dict[str, Any]
    dtype: str = "float32"
    shards: int = 1
    # A tensor that old checkpoints carry and loaders must ignore.
    has_stray_inverse_frequencies: bool = False
    # Several end-of-sequence tokens, one of which the greedy continuation meets.
    stops_early: bool = False
    # Standard deviation of attention scores: high is sharp.
    score_spread: float = 3.0
    # How much the layers add to the embeddings: low keeps roundings of 16-bit arithmetic from growing.
    layer_share: float = 1.0
    # All experts of a layer in two tensors.
    has_fused_experts: bool = False
    generation: dict[str, Any] = field(default_factory=dict)

    # The last norm turns half of the features around, so that a tied head does not choose the token that it was given.
    has_signed_final_norm: bool = False
    # The publisher's names of the tensors whose names begin with `model.`.
    prefix: str = "model."
    # Small tensors of other parts, which loaders of text must ignore.
    other_tensors: tuple[str, ...] = ()
    # The original context is longer than any sequence here.
    stays_within_original: bool = False

    @property
    def text(self) -> dict[str, Any]:
        """The part of the config that describes the decoder."""
        return text_of(self.config)

    @property
    def family(self) -> str:
        return self.text["model_type"]

    @property
    def has_query_key_norm(self) -> bool:
        return self.family in ("qwen3", "qwen3_moe", "gemma3_text")


def base(architecture: str, model_type: str, **values: Any) -> dict[str, Any]:
    return {
        "architectures": [architecture],
        "model_type": model_type,
        "hidden_act": "silu",
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 256,
        "vocab_size": VOCAB_SIZE,
        "initializer_range": 0.02,
        "use_cache": True,
        "attention_dropout": 0.0,
        "tie_word_embeddings": False,
        **values,
    }


def llama(**values: Any) -> dict[str, Any]:
    return base("LlamaForCausalLM", "llama", rms_norm_eps=1e-5, **values)


def mistral(**values: Any) -> dict[str, Any]:
    return base("MistralForCausalLM", "mistral", rms_norm_eps=1e-5, **values)


def qwen2(**values: Any) -> dict[str, Any]:
    # The window is in the published configs although it is not in use.
    unused_window = {"use_sliding_window": False, "sliding_window": 16, "max_window_layers": 1}
    return base("Qwen2ForCausalLM", "qwen2", rms_norm_eps=1e-6, **unused_window, **values)


def qwen3(**values: Any) -> dict[str, Any]:
    unused_window = {"use_sliding_window": False, "sliding_window": None, "max_window_layers": 2}
    shape = {"head_dim": 16, "attention_bias": False, **values}
    return base("Qwen3ForCausalLM", "qwen3", rms_norm_eps=1e-6, **unused_window, **shape)


def without(config: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key not in keys}


LLAMA3_ROPE = {
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 40,
    "rope_type": "llama3",
}
SEVERAL_EOS = {"do_sample": True, "temperature": 0.6, "top_k": 20, "top_p": 0.95}

CASES = [
    Case(
        name="llama-gqa",
        description="Llama with grouped heads whose dimension is not hidden_size / heads",
        features=["gqa", "head_dim", "old rope_theta"],
        config=llama(head_dim=16, rope_theta=500000.0, rope_scaling=None, torch_dtype="float32"),
        generation={"do_sample": True, "temperature": 0.6, "top_p": 0.9},
    ),
    Case(
        name="llama-mha-f16",
        description="Llama of the first generation: every head has its own keys, defaults left out, f16, stray tensors",
        features=["mha", "default rope_theta", "absent num_key_value_heads", "absent head_dim", "stray tensors"],
        config=without(
            llama(torch_dtype="float16", pretraining_tp=1, num_hidden_layers=3),
            "num_key_value_heads",
            "attention_dropout",
        ),
        dtype="float16",
        layer_share=0.3,
        has_stray_inverse_frequencies=True,
    ),
    Case(
        name="llama-3-scaling",
        description="Llama 3.2: scaled RoPE past the original context, tied head, old spelling",
        features=["llama3 rope scaling", "tied head", "old rope_scaling"],
        config=llama(
            head_dim=16,
            rope_theta=1000.0,
            rope_scaling=LLAMA3_ROPE,
            tie_word_embeddings=True,
            attention_bias=False,
            mlp_bias=False,
            torch_dtype="float32",
        ),
        stops_early=True,
        generation=SEVERAL_EOS,
    ),
    Case(
        name="llama-3-scaling-bf16",
        description="Llama 3.1: scaled RoPE, three query heads to a key head, bf16, new spelling",
        features=["llama3 rope scaling", "gqa of three", "rope_parameters"],
        config=llama(
            hidden_size=48,
            num_attention_heads=6,
            head_dim=16,
            rope_parameters={**LLAMA3_ROPE, "rope_theta": 1000.0},
            dtype="bfloat16",
        ),
        dtype="bfloat16",
        score_spread=2.75,
        layer_share=0.15,
    ),
    Case(
        name="llama-biases",
        description="Llama with biases in attention (o_proj too) and in the MLP",
        features=["attention_bias", "mlp_bias", "rope_parameters"],
        config=llama(
            head_dim=8,
            attention_bias=True,
            mlp_bias=True,
            rope_parameters={"rope_theta": 20000.0, "rope_type": "default"},
            dtype="float32",
        ),
    ),
    Case(
        name="mistral-window",
        description="Mistral with a sliding window that is far shorter than the sequence",
        features=["sliding_window", "gqa", "old rope_theta"],
        config=mistral(sliding_window=24, rope_theta=10000.0, torch_dtype="float32"),
        stops_early=True,
    ),
    Case(
        name="mistral-full",
        description="Mistral without a window, head_dim in the config, in shards",
        features=["no sliding_window", "head_dim", "shards"],
        config=mistral(sliding_window=None, head_dim=16, rope_theta=1000000.0, torch_dtype="float32"),
        shards=3,
    ),
    Case(
        name="mistral-window-bf16",
        description="Mistral with a sliding window in bf16",
        features=["sliding_window", "gqa of four"],
        config=mistral(
            sliding_window=32,
            head_dim=16,
            num_key_value_heads=1,
            rope_parameters={"rope_theta": 10000.0, "rope_type": "default"},
            dtype="bfloat16",
        ),
        dtype="bfloat16",
        score_spread=2.75,
        layer_share=0.15,
    ),
    Case(
        name="qwen2",
        description="Qwen2.5: biases on q, k and v, a sliding window that is switched off, tied head",
        features=["qkv bias", "use_sliding_window false", "tied head", "old rope_theta"],
        config=qwen2(rope_theta=1000000.0, tie_word_embeddings=True, torch_dtype="float32"),
        layer_share=1.5,
    ),
    Case(
        name="qwen2-yarn-bf16",
        description="Qwen2.5 with YaRN past the original context, old spelling, bf16",
        features=["qkv bias", "yarn", "old rope_scaling with type"],
        config=qwen2(
            rope_theta=10000.0,
            rope_scaling={"factor": 4.0, "original_max_position_embeddings": 64, "type": "yarn"},
            num_attention_heads=2,
            num_key_value_heads=1,
            torch_dtype="bfloat16",
        ),
        dtype="bfloat16",
        score_spread=2.75,
        layer_share=0.15,
    ),
    Case(
        name="qwen3",
        description="Qwen3: q/k norm, untied head, in shards, a vocabulary that is padded beyond the tokenizer's",
        features=["q/k norm", "gqa", "untied head", "padded vocabulary", "shards", "old rope_theta"],
        config=qwen3(rope_theta=1000000, rope_scaling=None, vocab_size=VOCAB_SIZE + 16, torch_dtype="float32"),
        shards=2,
        stops_early=True,
        generation=SEVERAL_EOS,
    ),
    Case(
        name="qwen3-tied",
        description="Qwen3 with a tied head and no lm_head.weight in the file",
        features=["q/k norm", "tied head", "rope_parameters"],
        config=qwen3(
            rope_parameters={"rope_theta": 1000000.0, "rope_type": "default"},
            num_hidden_layers=3,
            tie_word_embeddings=True,
            dtype="float32",
        ),
    ),
    Case(
        name="qwen3-bf16",
        description="Qwen3 in bf16, three query heads to a key head",
        features=["q/k norm", "gqa of three", "untied head"],
        config=qwen3(rope_theta=1000000, num_attention_heads=6, torch_dtype="bfloat16"),
        dtype="bfloat16",
        score_spread=2.75,
        layer_share=0.15,
    ),
    Case(
        name="qwen3-yarn",
        description="Qwen3 with YaRN past the original context, its parameters given, and attention biases",
        features=["q/k norm", "yarn", "attention_factor", "beta_fast", "attention_bias", "rope_parameters"],
        config=qwen3(
            attention_bias=True,
            rope_parameters={
                "rope_type": "yarn",
                "rope_theta": 1000.0,
                "factor": 4.0,
                "original_max_position_embeddings": 32,
                "attention_factor": 1.25,
                "beta_fast": 4.0,
                "beta_slow": 0.5,
            },
            dtype="float32",
        ),
    ),
]
