"""Model cases of the families that differ from Llama by more than a switch; see model_cases.py."""

from typing import Any

from .model_cases import VOCAB_SIZE, Case, base, llama, without
from .shape import GEMMA3_DEFAULTS

LONG_FACTORS = [1.0, 1.4, 2.6, 5.5, 9.0, 14.0]
SHORT_FACTORS = [1.0, 1.1, 1.3, 1.2, 1.6, 1.5]


def gemma(architecture: str, model_type: str, **values: Any) -> dict[str, Any]:
    shape = {"head_dim": 16, "num_hidden_layers": 3, "query_pre_attn_scalar": 40, "attention_bias": False}
    config = base(architecture, model_type, hidden_activation="gelu_pytorch_tanh", **shape)
    config |= {"rms_norm_eps": 1e-6, "tie_word_embeddings": True, "sliding_window": 24, **values}
    return without(config, "hidden_act")


def gemma2(**values: Any) -> dict[str, Any]:
    caps = {"attn_logit_softcapping": 6.0, "final_logit_softcapping": 5.0}
    # The published configs name the activation twice, and the window of every other layer without a pattern.
    return gemma("Gemma2ForCausalLM", "gemma2", hidden_act="gelu_pytorch_tanh", **{**caps, **values})


def gemma3(**values: Any) -> dict[str, Any]:
    caps = {"attn_logit_softcapping": None, "final_logit_softcapping": None}
    return gemma("Gemma3ForCausalLM", "gemma3_text", **{**caps, **values})


def phi3(**values: Any) -> dict[str, Any]:
    unused = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attention_bias": False}
    return base("Phi3ForCausalLM", "phi3", rms_norm_eps=1e-5, **{**unused, **values})


def phi3_longrope(**values: Any) -> dict[str, Any]:
    scaling = {"long_factor": LONG_FACTORS, "short_factor": SHORT_FACTORS, "type": "longrope"}
    # Heads of 16, of which 12 dimensions are rotated.
    shape = {"num_attention_heads": 2, "num_key_value_heads": 1, "partial_rotary_factor": 0.75, "rope_theta": 1000.0}
    return phi3(**{**shape, "rope_scaling": scaling, "torch_dtype": "float32", **values})


def smollm3(**values: Any) -> dict[str, Any]:
    shape = {"attention_bias": False, "mlp_bias": False, "num_hidden_layers": 3}
    return base("SmolLM3ForCausalLM", "smollm3", rms_norm_eps=1e-6, **{**shape, **values})


def within(text: dict[str, Any], dtype: str) -> dict[str, Any]:
    """The config of a model of text and images: what differs from the defaults of the text's part is in `text_config`."""
    vision = {
        "model_type": "siglip_vision_model",
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "image_size": 28,
        "patch_size": 14,
    }
    text = without(text, "architectures", "use_cache", "attention_dropout", *GEMMA3_DEFAULTS)
    return {
        "architectures": ["Gemma3ForConditionalGeneration"],
        "model_type": "gemma3",
        "mm_tokens_per_image": 4,
        "image_token_index": VOCAB_SIZE - 6,
        "boi_token_index": VOCAB_SIZE - 7,
        "eoi_token_index": VOCAB_SIZE - 8,
        "text_config": text,
        "vision_config": vision,
        "torch_dtype": dtype,
    }


FAMILY_CASES = [
    Case(
        name="gemma2",
        description="Gemma 2: every other layer slides, soft caps, norms on both sides, scaled embeddings, tied head",
        features=["(1 + w) norms", "post norms", "soft caps", "query scale", "embedding scale", "alternating windows"],
        config=gemma2(rope_theta=10000.0, torch_dtype="float32"),
        score_spread=4.0,
        layer_share=2.0,
        stops_early=True,
    ),
    Case(
        name="gemma3",
        description="Gemma 3: q/k norm, two rope bases of which the global one is scaled, one layer in three sees everything",
        features=["(1 + w) norms", "q/k norm", "two rope bases", "linear rope scaling", "sliding_window_pattern"],
        config=gemma3(
            rope_theta=100000.0,
            rope_local_base_freq=1000.0,
            rope_scaling={"factor": 4.0, "rope_type": "linear"},
            sliding_window_pattern=3,
            torch_dtype="float32",
        ),
        layer_share=2.0,
        stops_early=True,
    ),
    Case(
        name="gemma3-conditional",
        description="Gemma 3 of text and images: the text's config and tensors one level down, defaults left out",
        features=["text_config", "language_model.", "tensors of images", "layer_types", "rope_parameters by layer type"],
        config=within(
            gemma3(
                num_attention_heads=8,
                num_key_value_heads=4,
                head_dim=8,
                num_hidden_layers=2,
                layer_types=["full_attention", "sliding_attention"],
                rope_parameters={
                    "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 100000.0},
                    "sliding_attention": {"rope_type": "default", "rope_theta": 1000.0},
                },
            ),
            "float32",
        ),
        layer_share=2.0,
        has_signed_final_norm=True,
        prefix="language_model.model.",
        other_tensors=(
            "vision_tower.vision_model.post_layernorm.weight",
            "multi_modal_projector.mm_soft_emb_norm.weight",
        ),
    ),
    Case(
        name="phi3",
        description="Phi-3 and Phi-4: q, k and v in one tensor, gate and up in one, a window on every layer",
        features=["fused tensors", "sliding_window", "gqa", "untied head"],
        config=phi3(sliding_window=40, rope_theta=10000.0, rope_scaling=None, torch_dtype="float32"),
    ),
    Case(
        name="phi3-longrope-long",
        description="Phi-4-mini past its original context: the long factors, and part of each head rotated",
        features=["longrope", "partial rotary", "attention factor", "fused tensors", "tied head"],
        config=phi3_longrope(original_max_position_embeddings=64, tie_word_embeddings=True),
        layer_share=2.0,
    ),
    Case(
        name="phi3-longrope-short",
        description="Phi-3.5 within its original context: the short factors",
        features=["longrope", "partial rotary", "attention factor", "fused tensors"],
        config=phi3_longrope(
            original_max_position_embeddings=160,
            max_position_embeddings=2560,
        ),
        stays_within_original=True,
    ),
    Case(
        name="smollm3",
        description="SmolLM3: one layer in three without rotary embedding, where also the window is",
        features=["no_rope_layer_interval", "use_sliding_window", "attention_bias", "mlp_bias", "tied head"],
        config=smollm3(
            no_rope_layer_interval=3,
            use_sliding_window=True,
            sliding_window=32,
            attention_bias=True,
            mlp_bias=True,
            rope_theta=2000000.0,
            tie_word_embeddings=True,
            torch_dtype="float32",
        ),
    ),
    Case(
        name="llama-dynamic",
        description="Llama with dynamic NTK scaling past its context",
        features=["dynamic rope scaling", "head_dim", "old rope_scaling"],
        config=llama(
            head_dim=16,
            max_position_embeddings=48,
            rope_theta=1000.0,
            rope_scaling={"type": "dynamic", "factor": 4.0},
            torch_dtype="float32",
        ),
    ),
]
