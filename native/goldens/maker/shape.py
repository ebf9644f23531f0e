"""What a config.json says of a decoder's shape."""

from dataclasses import dataclass
from typing import Any

Config = dict[str, Any]

GEMMA = ("gemma2", "gemma3_text")
FULL, SLIDING = "full_attention", "sliding_attention"


# What the configs of models of text and images leave out.
GEMMA3_DEFAULTS = {"num_attention_heads": 8, "num_key_value_heads": 4, "tie_word_embeddings": True}


def text_of(config: Config) -> Config:
    """The part that describes the decoder."""
    return {**GEMMA3_DEFAULTS, **config["text_config"]} if "text_config" in config else config


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
        text = text_of(config)
        heads = text["num_attention_heads"]
        return Shape(
            heads=heads,
            kv_heads=text.get("num_key_value_heads", heads),
            head_dim=text.get("head_dim") or text["hidden_size"] // heads,
            layers=text["num_hidden_layers"],
            eps=text["rms_norm_eps"],
            max_positions=text["max_position_embeddings"],
        )


def layer_types_of(config: Config, fault: str | None = None) -> list[str]:
    """Which layers slide, in the families where some do."""
    text = text_of(config)
    family, layers = text["model_type"], text["num_hidden_layers"]
    period = {"gemma2": 2, "gemma3_text": text.get("sliding_window_pattern", 6)}.get(family)
    types = [FULL] * layers
    if period:
        types = text.get("layer_types") or [SLIDING if (layer + 1) % period else FULL for layer in range(layers)]
    elif family == "smollm3" and text.get("use_sliding_window"):
        types = [FULL if rotates else SLIDING for rotates in rotates_of(config)]
    elif family in ("mistral", "phi3") and text.get("sliding_window"):
        types = [SLIDING] * layers
    if fault == "layer_pattern":
        return [FULL if kind == SLIDING else SLIDING for kind in types]
    return types


def rotates_of(config: Config, fault: str | None = None) -> list[bool]:
    """Which layers have rotary embedding (SmolLM3 leaves some without)."""
    text = text_of(config)
    layers = range(text["num_hidden_layers"])
    if text["model_type"] != "smollm3" or fault == "no_rope_layers":
        return [True for _ in layers]
    interval = text.get("no_rope_layer_interval", 4)
    marks = text.get("no_rope_layers") or [(layer + 1) % interval != 0 for layer in layers]
    return [bool(mark) for mark in marks]
