"""Inverse frequencies of rotary embedding, in which single faults can be planted; see reference.py."""

import math
from typing import Any

import torch

from .shape import Config, Shape, text_of

# The families whose angles are not 10000 ** (-i / dim) where the config names no base.
DEFAULT_THETA = {"smollm3": 2_000_000.0, "gemma3_text": 1_000_000.0}
GEMMA3_LOCAL_THETA = 10_000.0


def rope_of(config: Config, layer_type: str | None = None) -> dict[str, Any]:
    """The rope parameters of either spelling, with `rope_theta` and `rope_type` filled in.

    `layer_type` chooses where layers of different types have parameters of their own (Gemma 3); the default is full attention.
    """
    text = text_of(config)
    theta = text.get("rope_theta", DEFAULT_THETA.get(text["model_type"], 10000.0))
    rope = dict(text.get("rope_parameters") or text.get("rope_scaling") or {})
    if text["model_type"] == "gemma3_text":
        is_local = layer_type == "sliding_attention"
        if text.get("rope_parameters"):
            rope = dict(rope[layer_type or "full_attention"])
        elif is_local:
            rope = {}
        theta = text.get("rope_local_base_freq", GEMMA3_LOCAL_THETA) if is_local else theta
    rope.setdefault("rope_theta", theta)
    rope.setdefault("rope_type", rope.pop("type", "default"))
    rope.setdefault("partial_rotary_factor", text.get("partial_rotary_factor", 1.0))
    if rope["rope_type"] == "su":
        rope["rope_type"] = "longrope"
    if rope["rope_type"] in ("longrope", "llama3", "yarn") and "original_max_position_embeddings" in text:
        rope["original_max_position_embeddings"] = text["original_max_position_embeddings"]
    return rope


def frequencies(config: Config, fault: str | None, layer_type: str | None, length: int) -> tuple[torch.Tensor, float]:
    """Inverse frequencies and the factor on cosine and sine. `length` is that of the longest sequence to be."""
    if fault == "local_rope":
        layer_type = "full_attention"
    shape, rope = Shape.of(config), rope_of(config, layer_type)
    theta, dim = rope["rope_theta"], shape.head_dim
    if fault != "partial_rotary":
        dim = int(dim * rope["partial_rotary_factor"])
    if fault == "rope_theta":
        theta = 10000.0 if theta != 10000.0 else 500000.0
    kind = rope["rope_type"]
    if kind == "dynamic" and fault != "rope_scaling":
        factor = rope["factor"] * (2 if fault == "dynamic_factor" else 1)
        stretch = factor * max(length, shape.max_positions) / shape.max_positions - (factor - 1)
        theta *= stretch ** (dim / (dim - 2))
    plain = 1.0 / (theta ** (torch.arange(0, dim, 2, dtype=torch.float32) / dim))
    if kind in ("default", "dynamic") or fault == "rope_scaling":
        return plain, 1.0
    if kind == "linear":
        return plain / rope["factor"], 1.0
    original = shape.max_positions if fault == "rope_original_length" else rope["original_max_position_embeddings"]
    if kind == "llama3":
        return llama3_frequencies(plain, rope, original, fault), 1.0
    if kind == "longrope":
        return longrope_frequencies(plain, rope, original, shape.max_positions, length, fault)
    return yarn_frequencies(plain, rope, original, theta, fault)


def longrope_frequencies(
    plain: torch.Tensor, rope: dict[str, Any], original: int, max_positions: int, length: int, fault: str | None
) -> tuple[torch.Tensor, float]:
    is_long = (length > original) != (fault == "longrope_other_factors")
    divisors = torch.tensor(rope["long_factor" if is_long else "short_factor"], dtype=torch.float32)
    if len(divisors) < len(plain):
        divisors = torch.cat((divisors, torch.ones(len(plain) - len(divisors))))
    factor = rope.get("factor") or max_positions / original
    attention_factor = rope.get("attention_factor") or math.sqrt(1 + math.log(factor) / math.log(original))
    return plain / divisors, 1.0 if fault == "longrope_attention_factor" else attention_factor


def llama3_frequencies(plain: torch.Tensor, rope: dict[str, Any], original: int, fault: str | None) -> torch.Tensor:
    wavelengths = 2 * math.pi / plain
    turns = original / wavelengths
    smooth = (turns - rope["low_freq_factor"]) / (rope["high_freq_factor"] - rope["low_freq_factor"])
    if fault == "llama3_middle_band_unscaled":
        smooth = torch.where(smooth > 0, torch.ones_like(smooth), smooth)
    if fault == "llama3_middle_band_scaled":
        smooth = torch.where(smooth < 1, torch.zeros_like(smooth), smooth)
    if fault == "llama3_high_band_scaled":
        smooth = torch.zeros_like(smooth)
    smooth = smooth.clamp(0, 1)
    return (1 - smooth) * plain / rope["factor"] + smooth * plain


def yarn_frequencies(
    plain: torch.Tensor, rope: dict[str, Any], original: int, theta: float, fault: str | None
) -> tuple[torch.Tensor, float]:
    dim = 2 * len(plain)

    def dimension_that_turns(turns: float) -> float:
        return dim * math.log(original / (turns * 2 * math.pi)) / (2 * math.log(theta))

    with_betas = fault != "yarn_betas"
    low = dimension_that_turns(rope.get("beta_fast", 32) if with_betas else 32)
    high = dimension_that_turns(rope.get("beta_slow", 1) if with_betas else 1)
    if fault != "yarn_ramp_unrounded":
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, dim - 1)
    ramp = ((torch.arange(len(plain), dtype=torch.float32) - low) / max(high - low, 0.001)).clamp(0, 1)
    if fault == "yarn_ramp":
        ramp = torch.ones_like(ramp)
    factor = rope.get("attention_factor") or 0.1 * math.log(rope["factor"]) + 1.0
    return plain / rope["factor"] * ramp + plain * (1 - ramp), 1.0 if fault == "yarn_attention_factor" else factor
