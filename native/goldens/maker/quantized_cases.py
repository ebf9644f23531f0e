"""The quantised model cases: an architecture, and the format that its layers are stored in."""

from dataclasses import dataclass
from typing import Any

import torch

from .model_cases import Case, llama, mistral, qwen2, qwen3
from .quantizers import Awq, Fp8, Gptq, Packed, Quantizer


@dataclass(frozen=True)
class QuantizedCase:
    model: Case
    quantizer: Quantizer
    # Layers that are stored as they are.
    kept: tuple[str, ...] = ()


# Groups of 32 and words of eight fit into it.
SMALL = {"hidden_size": 64, "intermediate_size": 96, "head_dim": 16, "tie_word_embeddings": True, "dtype": "float32"}


def compressed_fp8(strategy: str, is_static: bool) -> dict[str, Any]:
    weights = {"num_bits": 8, "type": "float", "strategy": strategy, "symmetric": True, "dynamic": False}
    inputs = {**weights, "strategy": "tensor" if is_static else "token", "dynamic": not is_static}
    scheme = {"targets": ["Linear"], "weights": weights, "input_activations": inputs, "output_activations": None}
    return {
        "quant_method": "compressed-tensors",
        "format": "float-quantized",
        "config_groups": {"group_0": scheme},
        "ignore": ["lm_head"],
        "quantization_status": "compressed",
    }


def case(name: str, description: str, features: list[str], config: dict[str, Any]) -> Case:
    return Case(name=name, description=description, features=features, config=config)


QUANTIZED_CASES = [
    QuantizedCase(
        case(
            "fp8-block",
            "Qwen3 in FP8 with a scale for 128 x 128 weights, sizes that 128 does not divide, and a layer left as it is",
            ["fp8", "weight_scale_inv", "edges of blocks", "modules_to_not_convert"],
            qwen3(
                hidden_size=136,
                intermediate_size=144,
                num_attention_heads=2,
                num_key_value_heads=1,
                head_dim=72,
                tie_word_embeddings=True,
                rope_theta=1000000,
                dtype="float32",
            ),
        ),
        Fp8(
            {
                "quant_method": "fp8",
                "activation_scheme": "dynamic",
                "fmt": "e4m3",
                "weight_block_size": [128, 128],
                "modules_to_not_convert": ["lm_head", "model.layers.0.mlp.down_proj"],
            },
            (128, 128),
            "weight_scale_inv",
        ),
        kept=("model.layers.0.mlp.down_proj",),
    ),
    QuantizedCase(
        case(
            "fp8-channel",
            "Llama in FP8 by compressed-tensors, with a scale in bf16 for each output feature",
            ["fp8", "compressed-tensors", "strategy channel"],
            llama(**{**SMALL, "tie_word_embeddings": False}, rope_theta=500000.0),
        ),
        Fp8(compressed_fp8("channel", False), None, "weight_scale", torch.bfloat16),
    ),
    QuantizedCase(
        case(
            "fp8-tensor",
            "Mistral in FP8 by compressed-tensors, with a scale for each matrix, and scales of input, which are ignored",
            ["fp8", "compressed-tensors", "strategy tensor", "unequal scales of q, k and v", "input_scale"],
            mistral(**SMALL, sliding_window=24, rope_theta=10000.0),
        ),
        Fp8(compressed_fp8("tensor", True), (0, 0), "weight_scale", has_input_scale=True),
    ),
    QuantizedCase(
        case(
            "gptq-act-order",
            "Qwen2 by GPTQ, asymmetric, in groups of 32 whose input features do not neighbour each other",
            ["gptq", "g_idx", "zero points stored minus one", "qkv bias"],
            qwen2(**SMALL, rope_theta=1000000.0),
        ),
        Gptq(32, has_act_order=True),
    ),
    QuantizedCase(
        case(
            "gptq-v2-whole-rows",
            "Llama by GPTQ, symmetric, a group for all input features, in the second version of the format",
            ["gptq", "gptq_v2", "group_size -1", "sym"],
            llama(**SMALL, rope_theta=500000.0),
        ),
        Gptq(-1, is_symmetric=True, checkpoint_format="gptq_v2"),
    ),
    QuantizedCase(
        case(
            "awq",
            "Llama by AWQ in groups of 32",
            ["awq", "order of nibbles", "zero points"],
            llama(**SMALL, rope_theta=500000.0),
        ),
        Awq(32),
    ),
    QuantizedCase(
        case(
            "packed-int4",
            "Qwen3 in four bits by compressed-tensors, asymmetric, in groups of 32",
            ["compressed-tensors", "pack-quantized", "zero points"],
            qwen3(**SMALL, rope_theta=1000000),
        ),
        Packed(32, is_symmetric=False),
    ),
    QuantizedCase(
        case(
            "packed-int4-symmetric",
            "Qwen3 in four bits by compressed-tensors, symmetric, in groups of 32",
            ["compressed-tensors", "pack-quantized", "symmetric"],
            qwen3(**SMALL, rope_theta=1000000),
        ),
        Packed(32, is_symmetric=True),
    ),
]
