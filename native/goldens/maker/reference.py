"""A plain decoder of the Llama family in which single faults can be planted.

Without a fault it must agree with `transformers`; with one it shows how far the logits of a golden move when an engine
gets exactly that wrong.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from . import mixtures
from .mixtures import Mixture

Config = dict[str, Any]
Weights = dict[str, torch.Tensor]
# Of the layers of a feed-forward network: gate, up and down.
Names = tuple[str, str, str]


@dataclass(frozen=True)
class Shape:
    heads: int
    kv_heads: int
    head_dim: int
    layers: int
    eps: float
    max_positions: int

    @staticmethod
    def of(config: Config) -> "Shape":
        heads = config["num_attention_heads"]
        return Shape(
            heads=heads,
            kv_heads=config.get("num_key_value_heads", heads),
            head_dim=config.get("head_dim") or config["hidden_size"] // heads,
            layers=config["num_hidden_layers"],
            eps=config["rms_norm_eps"],
            max_positions=config["max_position_embeddings"],
        )


def rope_of(config: Config) -> dict[str, Any]:
    """The rope parameters of either spelling, with `rope_theta` and `rope_type` filled in."""
    rope = dict(config.get("rope_parameters") or config.get("rope_scaling") or {})
    rope.setdefault("rope_theta", config.get("rope_theta", 10000.0))
    rope.setdefault("rope_type", rope.pop("type", "default"))
    return rope


def window_of(config: Config, fault: str | None) -> int | None:
    window = config.get("sliding_window")
    if config["model_type"] in ("qwen2", "qwen3") and not config.get("use_sliding_window", False):
        return window if fault == "use_sliding_window_false" else None
    if config["model_type"] != "mistral" or window is None or fault == "sliding_window":
        return None
    return window + {"sliding_window_one_longer": 1, "sliding_window_one_shorter": -1}.get(fault, 0)


def faults_of(config: Config, weights: Weights) -> list[str]:
    """Every fault that this model must make visible."""
    shape, rope = Shape.of(config), rope_of(config)
    faults = ["causal_mask", "rope", "rope_interleaved", "rope_theta", "norm_eps", "activation", "gate_and_up_swapped"]
    faults += ["input_norm_weight", "post_attention_norm_weight", "final_norm_weight"]
    if shape.head_dim != config["hidden_size"] // shape.heads:
        faults.append("attention_scale")
    if 1 < shape.kv_heads < shape.heads:
        faults.append("kv_head_mapping")
    faults += [f"{kind}_bias" for kind in "qkvo" if f"model.layers.0.self_attn.{kind}_proj.bias" in weights]
    faults += [f"{kind}_bias" for kind in ("gate", "up", "down") if f"model.layers.0.mlp.{kind}_proj.bias" in weights]
    if "model.layers.0.self_attn.q_norm.weight" in weights:
        faults += ["q_norm", "k_norm", "q_norm_weight", "k_norm_weight", "qk_norm_eps"]
        faults += ["qk_norm_after_rope", "qk_norm_over_all_heads"]
    if rope["rope_type"] != "default":
        faults += ["rope_scaling", "rope_original_length"]
    if rope["rope_type"] == "llama3":
        faults += ["llama3_high_band_scaled", "llama3_middle_band_unscaled", "llama3_middle_band_scaled"]
    if rope["rope_type"] == "yarn":
        faults += ["yarn_attention_factor", "yarn_ramp", "yarn_ramp_unrounded"]
        faults += ["yarn_betas"] if "beta_fast" in rope else []
    if config["model_type"] == "mistral" and config.get("sliding_window"):
        faults += ["sliding_window", "sliding_window_one_longer", "sliding_window_one_shorter"]
    if config["model_type"] in ("qwen2", "qwen3") and config.get("sliding_window"):
        faults.append("use_sliding_window_false")
    if not config.get("tie_word_embeddings", False):
        faults.append("untied_head")
    if Mixture.of(config):
        faults += mixtures.FAULTS
    return faults


def frequencies(config: Config, fault: str | None) -> tuple[torch.Tensor, float]:
    """Inverse frequencies and the factor on cosine and sine."""
    shape, rope = Shape.of(config), rope_of(config)
    theta, dim = rope["rope_theta"], shape.head_dim
    if fault == "rope_theta":
        theta = 10000.0 if theta != 10000.0 else 500000.0
    plain = 1.0 / (theta ** (torch.arange(0, dim, 2, dtype=torch.float32) / dim))
    if rope["rope_type"] == "default" or fault == "rope_scaling":
        return plain, 1.0
    original = shape.max_positions if fault == "rope_original_length" else rope["original_max_position_embeddings"]
    if rope["rope_type"] == "llama3":
        return llama3_frequencies(plain, rope, original, fault), 1.0
    return yarn_frequencies(plain, rope, original, theta, fault)


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


def rms_norm(x: torch.Tensor, weight: torch.Tensor | None, eps: float) -> torch.Tensor:
    normed = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
    return normed if weight is None else normed * weight


def rotate(x: torch.Tensor, angles: torch.Tensor, factor: float, fault: str | None) -> torch.Tensor:
    """`x` is [positions, heads, head_dim], `angles` [positions, head_dim / 2]."""
    if fault == "rope":
        return x
    cosine, sine = (angles.cos() * factor)[:, None], (angles.sin() * factor)[:, None]
    if fault == "rope_interleaved":
        even, odd = x[..., 0::2], x[..., 1::2]
        return torch.stack((even * cosine - odd * sine, odd * cosine + even * sine), -1).flatten(-2)
    first, second = x.chunk(2, -1)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), -1)


class Decoder:
    def __init__(self, config: Config, weights: Weights, fault: str | None = None):
        self.config, self.weights, self.fault, self.shape = config, weights, fault, Shape.of(config)
        # For each layer, over the second half of the sequence: the entropy of the attention over that of uniform
        # attention, and the standard deviation of the scores that a query sees.
        self.entropies: list[float] = []
        self.score_spreads: list[float] = []
        self.mixture = Mixture.of(config)
        # For each layer with experts, see Mixture.margin.
        self.router_margins: list[float] = []

    def linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        kind = name.rsplit(".", 1)[1].removesuffix("_proj")
        bias = None if self.fault == f"{kind}_bias" else self.weights.get(f"{name}.bias")
        return functional.linear(x, self.weights[f"{name}.weight"], bias)

    def norm(self, x: torch.Tensor, name: str, kind: str) -> torch.Tensor:
        weight = None if self.fault == f"{kind}_norm_weight" else self.weights[f"{name}.weight"]
        eps = self.shape.eps
        if self.fault == ("qk_norm_eps" if kind in "qk" else "norm_eps"):
            eps = 1e-6 if eps == 1e-5 else 1e-5
        if kind in "qk" and self.fault == "qk_norm_over_all_heads":
            return rms_norm(x.flatten(-2), None, eps).view(x.shape) * weight
        return x if self.fault == f"{kind}_norm" else rms_norm(x, weight, eps)

    def attention(self, x: torch.Tensor, prefix: str) -> torch.Tensor:
        shape, positions = self.shape, len(x)
        q = self.linear(x, f"{prefix}.q_proj").view(positions, shape.heads, shape.head_dim)
        k = self.linear(x, f"{prefix}.k_proj").view(positions, shape.kv_heads, shape.head_dim)
        v = self.linear(x, f"{prefix}.v_proj").view(positions, shape.kv_heads, shape.head_dim)
        inverse, factor = frequencies(self.config, self.fault)
        angles = torch.arange(positions, dtype=torch.float32)[:, None] * inverse
        has_norm = f"{prefix}.q_norm.weight" in self.weights
        late = self.fault == "qk_norm_after_rope"
        if has_norm and not late:
            q, k = self.norm(q, f"{prefix}.q_norm", "q"), self.norm(k, f"{prefix}.k_norm", "k")
        q, k = (rotate(item, angles, factor, self.fault) for item in (q, k))
        if has_norm and late:
            q, k = self.norm(q, f"{prefix}.q_norm", "q"), self.norm(k, f"{prefix}.k_norm", "k")

        head = torch.arange(shape.heads)
        kv_head = head % shape.kv_heads if self.fault == "kv_head_mapping" else head // (shape.heads // shape.kv_heads)
        scale_dim = self.config["hidden_size"] / shape.heads if self.fault == "attention_scale" else shape.head_dim
        scores = torch.einsum("qhd,khd->hqk", q, k[:, kv_head]) * scale_dim**-0.5
        weights = scores.masked_fill(~self.visible(positions), -torch.inf).softmax(-1)
        self.note_sharpness(scores, weights)
        mixed = torch.einsum("hqk,khd->qhd", weights, v[:, kv_head]).flatten(1)
        return self.linear(mixed, f"{prefix}.o_proj")

    def visible(self, positions: int) -> torch.Tensor:
        query, key = torch.arange(positions)[:, None], torch.arange(positions)[None]
        window = window_of(self.config, self.fault)
        seen = torch.ones(positions, positions, dtype=torch.bool) if self.fault == "causal_mask" else key <= query
        return seen if window is None else seen & (key > query - window)

    def note_sharpness(self, scores: torch.Tensor, weights: torch.Tensor) -> None:
        half = weights.shape[1] // 2
        seen = self.visible(weights.shape[1])[half:]
        count = seen.sum(-1)
        entropy = torch.special.entr(weights[:, half:]).sum(-1)
        self.entropies.append((entropy / count.log()).mean().item())
        late = scores[:, half:] * seen
        variance = (late**2).sum(-1) / count - (late.sum(-1) / count) ** 2
        self.score_spreads.append(variance.mean().sqrt().item())

    def mlp(self, x: torch.Tensor, prefix: str, names: Names = ("gate_proj", "up_proj", "down_proj")) -> torch.Tensor:
        gate, up = (self.linear(x, f"{prefix}.{name}") for name in names[:2])
        if self.fault == "gate_and_up_swapped":
            gate, up = up, gate
        activation = functional.gelu if self.fault == "activation" else functional.silu
        return self.linear(activation(gate) * up, f"{prefix}.{names[2]}")

    def feed_forward(self, x: torch.Tensor, layer: int) -> torch.Tensor:
        mixture = self.mixture
        if mixture is None or not mixture.has_experts(layer):
            return self.mlp(x, f"model.layers.{layer}.mlp")
        prefix = mixture.prefix(layer)
        scores = self.linear(x, f"{prefix}.gate")
        self.router_margins.append(mixture.margin(scores))
        weights = mixture.route(scores, self.fault)
        sum_of_experts = torch.zeros_like(x)
        for index in range(mixture.experts):
            weight, expert = weights[:, index, None], f"{prefix}.experts.{index}"
            given = x * weight if self.fault == "expert_weights_on_input" else x
            made = self.mlp(given, expert, (mixture.gate, mixture.up, mixture.down))
            sum_of_experts += made if self.fault == "expert_weights_on_input" else made * weight
        return sum_of_experts

    @torch.no_grad()
    def logits(self, ids: list[int]) -> torch.Tensor:
        embedding = self.weights["model.embed_tokens.weight"]
        x = embedding[torch.tensor(ids)]
        for layer in range(self.shape.layers):
            prefix = f"model.layers.{layer}"
            x = x + self.attention(self.norm(x, f"{prefix}.input_layernorm", "input"), f"{prefix}.self_attn")
            normed = self.norm(x, f"{prefix}.post_attention_layernorm", "post_attention")
            x = x + self.feed_forward(normed, layer)
        x = self.norm(x, "model.norm", "final")
        tied = self.config.get("tie_word_embeddings", False) or self.fault == "untied_head"
        return functional.linear(x, embedding if tied else self.weights["lm_head.weight"])


def relative_differences(actual: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    return (actual - expected).norm(dim=-1) / expected.norm(dim=-1)
