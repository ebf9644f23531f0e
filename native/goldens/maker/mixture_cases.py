"""The cases of models with experts, plain and quantised."""

from typing import Any

from .model_cases import Case, base
from .quantized_cases import QuantizedCase
from .quantizers import Fp8, Gptq


def qwen3_moe(**values: Any) -> dict[str, Any]:
    shape = {
        "head_dim": 16,
        "attention_bias": False,
        "use_sliding_window": False,
        "sliding_window": None,
        "max_window_layers": 2,
        "num_experts": 6,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 24,
        "decoder_sparse_step": 1,
        "mlp_only_layers": [],
        "norm_topk_prob": True,
        "output_router_logits": False,
        "router_aux_loss_coef": 0.001,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1000000,
        "rope_scaling": None,
    }
    return base("Qwen3MoeForCausalLM", "qwen3_moe", **{**shape, **values})


def mixtral(**values: Any) -> dict[str, Any]:
    shape = {"num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": None, "rms_norm_eps": 1e-5, **values}
    return base("MixtralForCausalLM", "mixtral", output_router_logits=False, router_aux_loss_coef=0.02, **shape)


MIXTURE_CASES = [
    Case(
        name="qwen3-moe",
        description="Qwen3-MoE: weights of the chosen experts normalised, a layer without experts, in shards",
        features=["experts", "norm_topk_prob", "mlp_only_layers", "shards"],
        config=qwen3_moe(num_hidden_layers=3, mlp_only_layers=[1], torch_dtype="float32"),
        shards=2,
    ),
    Case(
        name="qwen3-moe-unnormalised",
        description="Qwen3-MoE: weights as the softmax of all gives them, experts in every second layer, a tensor for all of them",
        features=["experts", "norm_topk_prob false", "decoder_sparse_step", "fused experts"],
        config=qwen3_moe(
            num_hidden_layers=2,
            num_experts=8,
            num_experts_per_tok=3,
            norm_topk_prob=False,
            decoder_sparse_step=2,
            torch_dtype="float32",
        ),
        # What is left of the weights of many is little.
        layer_share=1.8,
        has_fused_experts=True,
    ),
    Case(
        name="qwen3-moe-bf16",
        description="Qwen3-MoE in bf16, three query heads to a key head",
        features=["experts", "norm_topk_prob", "gqa of three"],
        config=qwen3_moe(num_attention_heads=6, num_experts=4, mlp_only_layers=[1], torch_dtype="bfloat16"),
        dtype="bfloat16",
        score_spread=2.75,
        layer_share=0.1,
    ),
    Case(
        name="mixtral",
        description="Mixtral: other names, experts in every layer, tied head",
        features=["experts", "block_sparse_moe"],
        config=mixtral(rope_theta=1000000.0, intermediate_size=24, torch_dtype="float32", tie_word_embeddings=True),
    ),
]

# Groups of 32 and words of eight fit into it. The second layer has no experts.
SMALL = {
    "hidden_size": 64,
    "intermediate_size": 64,
    "moe_intermediate_size": 32,
    "num_experts": 4,
    "mlp_only_layers": [1],
    "tie_word_embeddings": True,
    "dtype": "float32",
}

QUANTIZED_MIXTURES = [
    QuantizedCase(
        Case(
            name="qwen3-moe-fp8-block",
            description="Qwen3-MoE in FP8 with a scale for 32 x 32 weights, sizes that 32 does not divide, the routers left as they are",
            features=["experts", "fp8", "weight_scale_inv", "edges of blocks", "modules_to_not_convert"],
            config=qwen3_moe(**{**SMALL, "hidden_size": 72, "moe_intermediate_size": 40}),
        ),
        Fp8(
            {
                "quant_method": "fp8",
                "activation_scheme": "dynamic",
                "fmt": "e4m3",
                "weight_block_size": [32, 32],
                "modules_to_not_convert": ["lm_head", "model.layers.0.mlp.gate"],
            },
            (32, 32),
            "weight_scale_inv",
        ),
    ),
    QuantizedCase(
        Case(
            name="qwen3-moe-gptq",
            description="Qwen3-MoE by GPTQ, asymmetric, in groups of 32 whose input features do not neighbour each other",
            features=["experts", "gptq", "g_idx", "zero points stored minus one"],
            config=qwen3_moe(**SMALL),
        ),
        Gptq(32, has_act_order=True),
    ),
]
