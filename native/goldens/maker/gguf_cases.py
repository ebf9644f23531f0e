"""The GGUF model cases: an architecture, and the type that each of its matrices is stored in."""

from dataclasses import dataclass
from typing import Any

from gguf import GGMLQuantizationType as Kind
from gguf import LlamaFileType

from .model_cases import Case, llama, mistral, qwen2, qwen3


@dataclass(frozen=True)
class GgufCase:
    model: Case
    # By the last part but one of a tensor's name in GGUF; what is not named has the first one's.
    kinds: dict[str, Kind]
    # What the file says of most of them.
    file_type: LlamaFileType
    files: int = 1


def case(name: str, description: str, features: list[str], config: dict[str, Any]) -> Case:
    return Case(name=name, description=description, features=features, config=config)


SMALL = {"hidden_size": 64, "intermediate_size": 96, "dtype": "float32"}
# As small as blocks of 256 weights allow.
BLOCKS = {"hidden_size": 256, "intermediate_size": 256, "num_hidden_layers": 1, "dtype": "float32"}
HEADS = {"num_attention_heads": 2, "num_key_value_heads": 1}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}

GGUF_CASES = [
    GgufCase(
        case(
            "llama-q8_0",
            "Llama in Q8_0, with queries and keys in the order of llama.cpp's converter, and its table of frequencies",
            ["Q8_0", "permuted rows of q and k", "rope_freqs.weight", "untied head"],
            llama(**SMALL, head_dim=16, tie_word_embeddings=False, rope_theta=10000.0, rope_scaling=LLAMA3),
        ),
        {"token_embd": Kind.Q8_0},
        LlamaFileType.MOSTLY_Q8_0,
    ),
    GgufCase(
        case(
            "mistral-split",
            "Mistral in the older formats of blocks, in two files, with a window",
            ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "attention.sliding_window", "split files"],
            mistral(**SMALL, head_dim=16, tie_word_embeddings=True, sliding_window=12, rope_theta=10000.0),
        ),
        {
            "ffn_gate": Kind.Q4_0,
            "token_embd": Kind.F16,
            "attn_q": Kind.Q4_0,
            "attn_k": Kind.Q4_1,
            "attn_v": Kind.Q5_0,
            "attn_output": Kind.Q5_1,
            "ffn_up": Kind.Q5_0,
            "ffn_down": Kind.Q4_1,
        },
        LlamaFileType.MOSTLY_Q4_0,
        files=2,
    ),
    GgufCase(
        case(
            "qwen3-q4_k_m",
            "Qwen3 in Q4_K_M: a tied embedding, values and down in Q6_K, and Q5_0 where rows are no multiple of 256",
            ["Q4_K", "Q6_K", "Q5_0", "q/k norm", "tied head"],
            qwen3(**BLOCKS, **HEADS, head_dim=64, tie_word_embeddings=True, rope_theta=1000000.0),
        ),
        {
            "ffn_gate": Kind.Q4_K,
            "token_embd": Kind.Q6_K,
            "attn_v": Kind.Q6_K,
            "ffn_down": Kind.Q6_K,
            "attn_output": Kind.Q5_0,
        },
        LlamaFileType.MOSTLY_Q4_K_M,
    ),
    GgufCase(
        case(
            "qwen2-q5_k_m",
            "Qwen2 in Q5_K_M, with biases, the embedding in Q5_K, and Q5_1 where rows are no multiple of 256",
            ["Q5_K", "Q6_K", "Q5_1", "qkv bias", "tied head"],
            qwen2(**BLOCKS, **HEADS, head_dim=32, tie_word_embeddings=True, rope_theta=1e6),
        ),
        {"ffn_gate": Kind.Q5_K, "attn_v": Kind.Q6_K, "ffn_down": Kind.Q6_K, "attn_output": Kind.Q5_1},
        LlamaFileType.MOSTLY_Q5_K_M,
    ),
    GgufCase(
        case(
            "llama-dense",
            "Llama in F32, F16 and BF16, with biases",
            ["F32", "F16", "BF16", "attention_bias", "mlp_bias"],
            llama(attention_bias=True, mlp_bias=True, tie_word_embeddings=False, rope_theta=10000.0),
        ),
        {"ffn_gate": Kind.F32, "attn_q": Kind.F16, "ffn_up": Kind.BF16, "output": Kind.F16},
        LlamaFileType.ALL_F32,
    ),
]
