"""Random weights under which every feature of the architecture shows in the logits."""

import math
import zlib

import torch

from .mixtures import Mixture
from .model_cases import VOCAB_SIZE, Case
from .reference import Decoder, Weights
from .shape import GEMMA, Shape

# Embeddings are so small that their mean square is of the order of rms_norm_eps: a wrong epsilon shows.
EMBEDDING_SPREAD = 0.004
# Families whose queries and keys have a norm of their own.
# Of an expert's score: the weight of the last one that is chosen, and of the next one, is not small.
ROUTER_SPREAD = 1.6
# The same for queries and keys before their own norm.
NORMED_QUERY_SPREAD = 0.002
# Strong biases would make all positions alike.
BIAS_SHARE = 0.4


class WeightMaker:
    def __init__(self, case: Case, seed: int):
        self.case, self.config, self.shape = case, case.text, Shape.of(case.config)
        self.is_gemma = case.family in GEMMA
        # Where epsilon is large, so is what it is to show in.
        self.size = max(1.0, math.sqrt(self.shape.eps / 1e-5))
        # No two cases share their numbers.
        self.generator = torch.Generator().manual_seed(zlib.crc32(f"{case.name} {seed}".encode()))
        self.weights: Weights = {}

    def normal(self, name: str, *size: int, spread: float) -> None:
        self.weights[name] = torch.randn(*size, generator=self.generator) * spread

    def gain(self, name: str, size: int, scale: float = 1.0) -> None:
        """Norm weights far from one: from about a third to about three times `scale`."""
        gain = torch.exp(torch.randn(size, generator=self.generator) * 0.5) * scale
        self.weights[name] = gain - 1.0 if self.is_gemma else gain

    def linear(self, name: str, outputs: int, inputs: int, spread: float, has_bias: bool = False) -> None:
        """`spread` is that of an output whose inputs have a mean square of one."""
        self.normal(f"{name}.weight", outputs, inputs, spread=spread / math.sqrt(inputs))
        if has_bias:
            self.normal(f"{name}.bias", outputs, spread=spread * BIAS_SHARE)

    def attention(self, prefix: str) -> None:
        shape, hidden = self.shape, self.config["hidden_size"]
        has_norm = self.case.has_query_key_norm
        has_bias = self.case.family == "qwen2" or self.config.get("attention_bias", False)
        has_output_bias = self.config.get("attention_bias", False)
        # A score is q·k / sqrt(head_dim), so its spread is the product of the spreads of q and k.
        spread = NORMED_QUERY_SPREAD * self.size if has_norm else math.sqrt(self.case.score_spread) / 1.5
        for kind, heads in (("q", shape.heads), ("k", shape.kv_heads)):
            name = f"{prefix}.{kind}_proj"
            self.linear(name, heads * shape.head_dim, hidden, spread, has_bias)
            if has_norm:
                self.gain(f"{prefix}.{kind}_norm.weight", shape.head_dim, math.sqrt(self.case.score_spread) / 1.3)
        self.linear(f"{prefix}.v_proj", shape.kv_heads * shape.head_dim, hidden, 1.0, has_bias)
        width, out = shape.heads * shape.head_dim, 1.5 * self.case.layer_share * EMBEDDING_SPREAD * self.size
        self.linear(f"{prefix}.o_proj", hidden, width, out, has_output_bias)

    def mlp(self, prefix: str) -> None:
        hidden, inner = self.config["hidden_size"], self.config["intermediate_size"]
        has_bias = self.config.get("mlp_bias", False)
        self.linear(f"{prefix}.gate_proj", inner, hidden, 1.2, has_bias)
        self.linear(f"{prefix}.up_proj", inner, hidden, 1.0, has_bias)
        out = 2.0 * self.case.layer_share * EMBEDDING_SPREAD * self.size
        self.linear(f"{prefix}.down_proj", hidden, inner, out, has_bias)

    def experts(self, prefix: str, mixture: Mixture) -> None:
        hidden, inner = self.config["hidden_size"], mixture.inner
        self.linear(f"{prefix}.gate", mixture.experts, hidden, ROUTER_SPREAD)
        for index in range(mixture.experts):
            expert = f"{prefix}.experts.{index}"
            self.linear(f"{expert}.{mixture.gate}", inner, hidden, 1.2)
            self.linear(f"{expert}.{mixture.up}", inner, hidden, 1.0)
            self.linear(f"{expert}.{mixture.down}", hidden, inner, 3.0 * self.case.layer_share * EMBEDDING_SPREAD)

    def make(self) -> Weights:
        hidden, vocabulary = self.config["hidden_size"], self.config["vocab_size"]
        is_tied = self.config["tie_word_embeddings"]
        scale = math.sqrt(hidden) if self.is_gemma else 1.0
        self.normal("model.embed_tokens.weight", vocabulary, hidden, spread=EMBEDDING_SPREAD * self.size / scale)
        for layer in range(self.shape.layers):
            prefix = f"model.layers.{layer}"
            self.gain(f"{prefix}.input_layernorm.weight", hidden)
            self.attention(f"{prefix}.self_attn")
            if self.is_gemma:
                # These two say how much a layer adds, whatever it multiplies by.
                added = self.case.layer_share * EMBEDDING_SPREAD * self.size
                self.gain(f"{prefix}.post_attention_layernorm.weight", hidden, added)
                self.gain(f"{prefix}.pre_feedforward_layernorm.weight", hidden)
                self.gain(f"{prefix}.post_feedforward_layernorm.weight", hidden, added)
            else:
                self.gain(f"{prefix}.post_attention_layernorm.weight", hidden)
            mixture = Mixture.of(self.config)
            if mixture and mixture.has_experts(layer):
                self.experts(mixture.prefix(layer), mixture)
            else:
                self.mlp(f"{prefix}.mlp")
        # A tied head is made of the small embeddings; the last norm brings its logits to an ordinary size.
        self.gain("model.norm.weight", hidden, 100.0 * scale / self.size if is_tied else 1.0)
        if self.case.has_signed_final_norm:
            signs = torch.randint(0, 2, (hidden,), generator=self.generator) * 2.0 - 1.0
            self.weights["model.norm.weight"] = (self.weights["model.norm.weight"] + 1.0) * signs - 1.0
        if not is_tied:
            self.linear("lm_head", vocabulary, hidden, 2.0)
            # Rows beyond the tokenizer's vocabulary never win, as in trained models.
            self.weights["lm_head.weight"][VOCAB_SIZE:] *= 0.05
        return self.weights


def sharpen(case: Case, weights: Weights, ids: list[int]) -> None:
    """Scales what makes queries and keys, layer after layer, until the scores have the spread that the case asks for."""
    with_norm = "_norm" if case.has_query_key_norm else "_proj"
    offset = 1.0 if with_norm == "_norm" and case.family in GEMMA else 0.0
    for layer in range(Shape.of(case.config).layers):
        decoder = Decoder(case.config, weights)
        decoder.logits(ids)
        scale = math.sqrt(case.score_spread / decoder.score_spreads[layer])
        for kind in "qk":
            for part in ("weight", "bias"):
                name = f"model.layers.{layer}.self_attn.{kind}{with_norm}.{part}"
                if name in weights:
                    weights[name] = (weights[name] + offset) * scale - offset


def fused(weights: Weights) -> Weights:
    """Queries, keys and values in one tensor, and so gate and up, as Phi-3 has them."""
    together = {"q_proj": ("qkv_proj", "qkv"), "gate_proj": ("gate_up_proj", ("gate", "up"))}
    result: Weights = {}
    for name, tensor in weights.items():
        part = name.split(".")[-2]
        if part in together:
            whole, kinds = together[part]
            parts = [weights[name.replace(part, f"{kind}_proj")] for kind in kinds]
            result[name.replace(part, whole)] = torch.cat(parts)
        elif part not in ("k_proj", "v_proj", "up_proj"):
            result[name] = tensor
    return result


def make_weights(case: Case, seed: int, ids: list[int]) -> Weights:
    weights = WeightMaker(case, seed).make()
    sharpen(case, weights, ids)
    if case.family == "phi3":
        weights = fused(weights)
    dtype = getattr(torch, case.dtype)
    return {name: tensor.to(dtype).contiguous() for name, tensor in weights.items()}
