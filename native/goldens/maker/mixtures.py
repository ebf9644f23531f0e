"""Mixtures of experts: which layers have them, what they are called, and how a position is routed."""

from dataclasses import dataclass

import torch

from .shape import Config, text_of

Weights = dict[str, torch.Tensor]

# Gaps between the last expert that is chosen and the next one: far above what roundings move a score by.
LEAST_MARGIN = {"float32": 0.002, "bfloat16": 0.02}

FAULTS = [
    "top_k_normalised_otherwise",
    "top_k_one_more",
    "top_k_one_less",
    "experts_reversed",
    "expert_weights_equal",
    "expert_weights_on_input",
]


@dataclass(frozen=True)
class Mixture:
    experts: int
    chosen: int
    inner: int
    is_normalized: bool
    # For each layer whether it has experts.
    layers: list[bool]
    # What begins the names of router and experts, and what an expert's layers are called.
    block: str
    gate: str
    up: str
    down: str

    @staticmethod
    def of(config: Config) -> "Mixture | None":
        layers = text_of(config)["num_hidden_layers"]
        if config["model_type"] == "qwen3_moe":
            step, dense = config["decoder_sparse_step"], config["mlp_only_layers"]
            return Mixture(
                config["num_experts"],
                config["num_experts_per_tok"],
                config["moe_intermediate_size"],
                config["norm_topk_prob"],
                [layer not in dense and (layer + 1) % step == 0 for layer in range(layers)],
                *("mlp", "gate_proj", "up_proj", "down_proj"),
            )
        if config["model_type"] == "mixtral":
            return Mixture(
                config["num_local_experts"],
                config["num_experts_per_tok"],
                config["intermediate_size"],
                True,
                [True] * layers,
                *("block_sparse_moe", "w1", "w3", "w2"),
            )
        return None

    def has_experts(self, layer: int) -> bool:
        return self.layers[layer]

    def prefix(self, layer: int) -> str:
        return f"model.layers.{layer}.{self.block}"

    def route(self, scores: torch.Tensor, fault: str | None) -> torch.Tensor:
        """For each position the weight of each expert, 0 for those that it does not go through."""
        chosen = self.chosen + {"top_k_one_more": 1, "top_k_one_less": -1}.get(fault or "", 0)
        values, indices = scores.softmax(-1).topk(chosen, -1)
        if self.is_normalized != (fault == "top_k_normalised_otherwise"):
            values = values / values.sum(-1, keepdim=True)
        if fault == "expert_weights_equal":
            values = values.mean(-1, keepdim=True).expand_as(values)
        if fault == "experts_reversed":
            indices = self.experts - 1 - indices
        return torch.zeros_like(scores).scatter(-1, indices, values)

    def margin(self, scores: torch.Tensor) -> float:
        """The least gap between an expert that is chosen and one that is not."""
        best = scores.topk(self.chosen + 1, -1).values
        return (best[:, -2] - best[:, -1]).min().item()

    def fused(self, weights: Weights) -> Weights:
        """The experts of each layer in two tensors, as transformers 5 computes with them."""
        fused = {name: tensor for name, tensor in weights.items() if ".experts." not in name}
        for layer in range(len(self.layers)):
            if self.has_experts(layer):
                experts = f"{self.prefix(layer)}.experts"
                gate, up, down = (
                    torch.stack([weights[f"{experts}.{index}.{part}.weight"] for index in range(self.experts)])
                    for part in (self.gate, self.up, self.down)
                )
                fused |= {f"{experts}.gate_up_proj": torch.cat((gate, up), 1), f"{experts}.down_proj": down}
        return fused
