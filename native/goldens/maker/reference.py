"""A plain decoder of the Llama family in which single faults can be planted.

Without a fault it must agree with `transformers`; with one it shows how far the logits of a golden move when an engine
gets exactly that wrong.
"""

from typing import Any

import torch
from torch.nn import functional

from . import mixtures
from .mixtures import Mixture
from .rope import frequencies, rope_of
from .shape import GEMMA, SLIDING, Config, Shape, layer_types_of, rotates_of, text_of

Weights = dict[str, torch.Tensor]
# Of the layers of a feed-forward network: gate, up and down.
Names = tuple[str, str, str]


# Longest sequence that a model serves: what rope scaling that depends on it is chosen for.
LONGEST_SEQUENCE = 141


def windows_of(config: Config, fault: str | None) -> list[int | None]:
    """For each layer how many positions a token sees, itself included."""
    text = text_of(config)
    window, layers = text.get("sliding_window"), text["num_hidden_layers"]
    if text["model_type"] in ("qwen2", "qwen3"):
        return [window if fault == "use_sliding_window_false" else None] * layers
    if window is None or fault == "sliding_window":
        return [None] * layers
    window += {"sliding_window_one_longer": 1, "sliding_window_one_shorter": -1}.get(fault, 0)
    return [window if kind == SLIDING else None for kind in layer_types_of(config, fault)]


def faults_of(config: Config, weights: Weights) -> list[str]:
    """Every fault that this model must make visible."""
    text, shape, rope = text_of(config), Shape.of(config), rope_of(config)
    is_gemma, types = text["model_type"] in GEMMA, layer_types_of(config)
    faults = ["causal_mask", "rope", "rope_interleaved", "rope_theta", "norm_eps", "activation", "gate_and_up_swapped"]
    faults += ["input_norm_weight", "post_attention_norm_weight", "final_norm_weight"]
    if is_gemma:
        faults += ["norm_offset", "embedding_scale", "query_scale", "post_attention_norm"]
        faults += ["pre_feedforward_norm", "post_feedforward_norm", "norms_of_llama"]
        faults += [cap for cap in ("attn_logit_softcapping", "final_logit_softcapping") if text.get(cap)]
    elif shape.head_dim != text["hidden_size"] // shape.heads:
        faults.append("attention_scale")
    if 1 < shape.kv_heads < shape.heads:
        faults.append("kv_head_mapping")
    faults += [f"{kind}_bias" for kind in "qkvo" if f"model.layers.0.self_attn.{kind}_proj.bias" in weights]
    faults += [f"{kind}_bias" for kind in ("gate", "up", "down") if f"model.layers.0.mlp.{kind}_proj.bias" in weights]
    if "model.layers.0.self_attn.q_norm.weight" in weights:
        faults += ["q_norm", "k_norm", "q_norm_weight", "k_norm_weight", "qk_norm_eps"]
        faults += ["qk_norm_after_rope", "qk_norm_over_all_heads"]
    if rope["rope_type"] != "default":
        faults.append("rope_scaling")
    if rope["rope_type"] in ("llama3", "yarn"):
        faults.append("rope_original_length")
    if rope["rope_type"] == "llama3":
        faults += ["llama3_high_band_scaled", "llama3_middle_band_unscaled", "llama3_middle_band_scaled"]
    if rope["rope_type"] == "yarn":
        faults += ["yarn_attention_factor", "yarn_ramp", "yarn_ramp_unrounded"]
        faults += ["yarn_betas"] if "beta_fast" in rope else []
    if rope["rope_type"] == "longrope":
        faults += ["longrope_other_factors", "longrope_attention_factor"]
    if rope["rope_type"] == "dynamic":
        faults.append("dynamic_factor")
    if rope["partial_rotary_factor"] != 1.0:
        faults.append("partial_rotary")
    if rope != rope_of(config, SLIDING):
        faults.append("local_rope")
    if not all(rotates_of(config)):
        faults.append("no_rope_layers")
    if SLIDING in types:
        faults += ["sliding_window", "sliding_window_one_longer", "sliding_window_one_shorter"]
    if len(set(types)) > 1:
        faults.append("layer_pattern")
    if text["model_type"] in ("qwen2", "qwen3") and text.get("sliding_window"):
        faults.append("use_sliding_window_false")
    if not text.get("tie_word_embeddings", False):
        faults.append("untied_head")
    if Mixture.of(config):
        faults += mixtures.FAULTS
    return faults


def rms_norm(x: torch.Tensor, weight: torch.Tensor | None, eps: float) -> torch.Tensor:
    normed = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
    return normed if weight is None else normed * weight


def rotate(x: torch.Tensor, angles: torch.Tensor, factor: float, fault: str | None) -> torch.Tensor:
    """`x` is [positions, heads, head_dim], `angles` [positions, rotated dimensions / 2]."""
    if fault == "rope":
        return x
    x, rest = x[..., : 2 * angles.shape[-1]], x[..., 2 * angles.shape[-1] :]
    cosine, sine = (angles.cos() * factor)[:, None], (angles.sin() * factor)[:, None]
    if fault == "rope_interleaved":
        even, odd = x[..., 0::2], x[..., 1::2]
        turned = torch.stack((even * cosine - odd * sine, odd * cosine + even * sine), -1).flatten(-2)
        return torch.cat((turned, rest), -1)
    first, second = x.chunk(2, -1)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine, rest), -1)


def soft_cap(x: torch.Tensor, cap: float | None) -> torch.Tensor:
    return x if cap is None else cap * torch.tanh(x / cap)


def with_parts_of_fused(weights: Weights, shape: Shape) -> Weights:
    """The tensors by the names of their parts where several lie in one (Phi-3)."""
    heads = [shape.heads * shape.head_dim, *[shape.kv_heads * shape.head_dim] * 2]
    parts: Weights = {}
    for name, tensor in weights.items():
        if "qkv_proj" in name:
            for kind, part in zip("qkv", tensor.split(heads), strict=True):
                parts[name.replace("qkv_proj", f"{kind}_proj")] = part
        elif "gate_up_proj" in name:
            for kind, part in zip(("gate", "up"), tensor.chunk(2), strict=True):
                parts[name.replace("gate_up_proj", f"{kind}_proj")] = part
        else:
            parts[name] = tensor
    return parts


class Decoder:
    def __init__(self, config: Config, weights: Weights, fault: str | None = None):
        self.config, self.text, self.fault, self.shape = config, text_of(config), fault, Shape.of(config)
        self.weights = with_parts_of_fused(weights, self.shape)
        self.is_gemma = self.text["model_type"] in GEMMA
        self.layer_types, self.windows = layer_types_of(config, fault), windows_of(config, fault)
        self.rotates = rotates_of(config, fault)
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
            eps = 1e-6 if eps == 1e-5 else 10 * eps
        if self.is_gemma and weight is not None and self.fault != "norm_offset":
            weight = weight + 1.0
        if kind in "qk" and self.fault == "qk_norm_over_all_heads":
            return rms_norm(x.flatten(-2), None, eps).view(x.shape) * weight
        return x if self.fault == f"{kind}_norm" else rms_norm(x, weight, eps)

    def attention(self, x: torch.Tensor, layer: int) -> torch.Tensor:
        prefix = f"model.layers.{layer}.self_attn"
        shape, positions = self.shape, len(x)
        q = self.linear(x, f"{prefix}.q_proj").view(positions, shape.heads, shape.head_dim)
        k = self.linear(x, f"{prefix}.k_proj").view(positions, shape.kv_heads, shape.head_dim)
        v = self.linear(x, f"{prefix}.v_proj").view(positions, shape.kv_heads, shape.head_dim)
        inverse, factor = frequencies(self.config, self.fault, self.layer_types[layer], LONGEST_SEQUENCE)
        angles = torch.arange(positions, dtype=torch.float32)[:, None] * inverse
        has_norm = f"{prefix}.q_norm.weight" in self.weights
        late = self.fault == "qk_norm_after_rope"
        if has_norm and not late:
            q, k = self.norm(q, f"{prefix}.q_norm", "q"), self.norm(k, f"{prefix}.k_norm", "k")
        if self.rotates[layer]:
            q, k = (rotate(item, angles, factor, self.fault) for item in (q, k))
        if has_norm and late:
            q, k = self.norm(q, f"{prefix}.q_norm", "q"), self.norm(k, f"{prefix}.k_norm", "k")

        head = torch.arange(shape.heads)
        kv_head = head % shape.kv_heads if self.fault == "kv_head_mapping" else head // (shape.heads // shape.kv_heads)
        scale_dim = self.text["hidden_size"] / shape.heads if self.fault == "attention_scale" else shape.head_dim
        if self.is_gemma and self.fault != "query_scale":
            scale_dim = self.text["query_pre_attn_scalar"]
        scores = torch.einsum("qhd,khd->hqk", q, k[:, kv_head]) * scale_dim**-0.5
        scores = soft_cap(scores, self.cap("attn_logit_softcapping"))
        seen = self.visible(positions, self.windows[layer])
        weights = scores.masked_fill(~seen, -torch.inf).softmax(-1)
        self.note_sharpness(scores, weights, seen)
        mixed = torch.einsum("hqk,khd->qhd", weights, v[:, kv_head]).flatten(1)
        return self.linear(mixed, f"{prefix}.o_proj")

    def cap(self, key: str) -> float | None:
        return None if self.fault == key else self.text.get(key)

    def visible(self, positions: int, window: int | None) -> torch.Tensor:
        query, key = torch.arange(positions)[:, None], torch.arange(positions)[None]
        seen = torch.ones(positions, positions, dtype=torch.bool) if self.fault == "causal_mask" else key <= query
        return seen if window is None else seen & (key > query - window)

    def note_sharpness(self, scores: torch.Tensor, weights: torch.Tensor, seen: torch.Tensor) -> None:
        half = weights.shape[1] // 2
        seen = seen[half:]
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
        if self.is_gemma:
            gelu = functional.gelu(gate, approximate="tanh")
            activated = functional.silu(gate) if self.fault == "activation" else gelu
        else:
            activated = functional.gelu(gate) if self.fault == "activation" else functional.silu(gate)
        return self.linear(activated * up, f"{prefix}.{names[2]}")

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

    def layer(self, x: torch.Tensor, layer: int) -> torch.Tensor:
        prefix = f"model.layers.{layer}"
        attention = self.attention(self.norm(x, f"{prefix}.input_layernorm", "input"), layer)
        if self.is_gemma and self.fault != "norms_of_llama":
            x = x + self.norm(attention, f"{prefix}.post_attention_layernorm", "post_attention")
            normed = self.norm(x, f"{prefix}.pre_feedforward_layernorm", "pre_feedforward")
            return x + self.norm(self.feed_forward(normed, layer), f"{prefix}.post_feedforward_layernorm", "post_feedforward")
        x = x + attention
        normed = self.norm(x, f"{prefix}.post_attention_layernorm", "post_attention")
        return x + self.feed_forward(normed, layer)

    def embed(self, ids: list[int]) -> torch.Tensor:
        x = self.weights["model.embed_tokens.weight"][torch.tensor(ids)]
        if not self.is_gemma or self.fault == "embedding_scale":
            return x
        # Rounded to the type of the stored weights, as in the published models and in transformers.
        dtype = getattr(torch, self.config.get("dtype") or self.config["torch_dtype"])
        return x * torch.tensor(self.text["hidden_size"] ** 0.5).to(dtype).float()

    @torch.no_grad()
    def logits(self, ids: list[int]) -> torch.Tensor:
        x = self.embed(ids)
        for layer in range(self.shape.layers):
            x = self.layer(x, layer)
        x = self.norm(x, "model.norm", "final")
        tied = self.text.get("tie_word_embeddings", False) or self.fault == "untied_head"
        head = self.weights["model.embed_tokens.weight" if tied else "lm_head.weight"]
        return soft_cap(functional.linear(x, head), self.cap("final_logit_softcapping"))


def relative_differences(actual: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    return (actual - expected).norm(dim=-1) / expected.norm(dim=-1)
