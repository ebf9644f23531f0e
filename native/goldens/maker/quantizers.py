"""Formats of quantised weights: what publishers store of a matrix, and what weights that stands for.

`restore` may be asked to get one thing wrong: the names of its faults say which.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import torch

Tensors = dict[str, torch.Tensor]

IN_ORDER = [0, 1, 2, 3, 4, 5, 6, 7]
AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


class Quantizer(Protocol):
    faults: list[str]

    def config(self) -> dict[str, Any]: ...

    def store(self, weight: torch.Tensor, generator: torch.Generator) -> Tensors:
        """The tensors of a layer, by the last part of their names."""

    def restore(self, stored: Tensors, fault: str | None = None) -> torch.Tensor: ...


def pack(numbers: torch.Tensor, dim: int, order: list[int]) -> torch.Tensor:
    """Puts eight numbers of four bits along `dim` into each word; nibble `n` holds the neighbour `order[n]`."""
    numbers = numbers.long().movedim(dim, -1).unflatten(-1, (-1, 8))
    words = sum(numbers[..., neighbour] << (4 * nibble) for nibble, neighbour in enumerate(order))
    words = torch.where(words >= 1 << 31, words - (1 << 32), words)
    return words.to(torch.int32).movedim(-1, dim).contiguous()


def unpack(words: torch.Tensor, dim: int, order: list[int]) -> torch.Tensor:
    words = words.long().movedim(dim, -1) & 0xFFFFFFFF
    nibbles = torch.stack([words >> (4 * order.index(neighbour)) & 15 for neighbour in range(8)], -1)
    return nibbles.flatten(-2).movedim(-1, dim)


def spread(blocks: torch.Tensor, block: tuple[int, int], shape: torch.Size, evenly: bool = False) -> torch.Tensor:
    """The value of its block for each element."""
    for dim in (0, 1):
        index = torch.arange(shape[dim])
        index = index * blocks.shape[dim] // shape[dim] if evenly else index // block[dim]
        blocks = blocks.index_select(dim, index)
    return blocks


def uneven(weight: torch.Tensor, block: tuple[int, int]) -> torch.Tensor:
    """Neighbouring blocks differ in size, so that each needs a scale of its own."""
    rows, columns = (torch.arange(size) // step for size, step in zip(weight.shape, block))
    return weight * torch.where((rows[:, None] + columns[None]) % 2 == 0, 0.5, 1.7)


@dataclass(frozen=True)
class Fp8:
    """`block` is None for one scale an output feature, (0, 0) for one scale a matrix."""

    method: dict[str, Any]
    block: tuple[int, int] | None
    scale_name: str
    scale_dtype: torch.dtype = torch.float32
    has_input_scale: bool = False

    @property
    def faults(self) -> list[str]:
        edges = ["blocks_spread_evenly"] if self.block and self.block[0] else []
        return ["scale_divides", "scale_ignored", *edges]

    def config(self) -> dict[str, Any]:
        return self.method

    def block_of(self, shape: torch.Size) -> tuple[int, int]:
        if self.block is None:
            return (1, shape[1])
        return self.block if self.block[0] else (shape[0], shape[1])

    def store(self, weight: torch.Tensor, generator: torch.Generator) -> Tensors:
        block = self.block_of(weight.shape)
        weight = uneven(weight, block)
        strips = [part.abs().amax(1) for part in weight.split(block[1], 1)]
        largest = torch.stack([torch.stack([part.amax() for part in strip.split(block[0])]) for strip in strips], 1)
        scales = (largest / 448).to(self.scale_dtype)
        numbers = (weight / spread(scales.float(), block, weight.shape)).clamp(-448, 448).to(torch.float8_e4m3fn)
        stored = {"weight": numbers, self.scale_name: scales if self.block != (0, 0) else scales.flatten()}
        return stored | ({"input_scale": torch.tensor([0.25])} if self.has_input_scale else {})

    def restore(self, stored: Tensors, fault: str | None = None) -> torch.Tensor:
        numbers = stored["weight"].float()
        scales = stored[self.scale_name].float()
        if scales.dim() == 1:
            scales = scales[None]
        scales = spread(scales, self.block_of(numbers.shape), numbers.shape, fault == "blocks_spread_evenly")
        if fault == "scale_ignored":
            return numbers
        return numbers / scales if fault == "scale_divides" else numbers * scales


def round_to_groups(
    weight: torch.Tensor, group: int, is_symmetric: bool, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Numbers from 0 to 15, scales and zero points; the last two are `[outputs, groups]`."""
    parts = weight.unflatten(1, (-1, group))
    if is_symmetric:
        scales = (parts.abs().amax(-1) / 7.5).to(dtype)
        zero_points = torch.full_like(scales, 8, dtype=torch.float32)
    else:
        least, most = parts.amin(-1).clamp(max=0), parts.amax(-1).clamp(min=0)
        scales = ((most - least) / 15).to(dtype)
        zero_points = (-least / scales.float()).round().clamp(0, 15)
    numbers = (parts / scales.float()[..., None]).round() + zero_points[..., None]
    return numbers.clamp(0, 15).flatten(1), scales, zero_points


def skewed(weight: torch.Tensor, group: int) -> torch.Tensor:
    """Groups whose numbers lie to one side of 0, each output to another, so that zero points differ."""
    outputs, groups = weight.shape[0], weight.shape[1] // group
    sides = torch.where((torch.arange(outputs)[:, None] + torch.arange(groups)[None]) % 2 == 0, 0.6, -0.6)
    return weight + sides.repeat_interleave(group, 1) * weight.std()


@dataclass(frozen=True)
class Gptq:
    group: int
    is_symmetric: bool = False
    has_act_order: bool = False
    checkpoint_format: str = "gptq"

    @property
    def faults(self) -> list[str]:
        of_version = ["zero_points_as_stored"] if self.checkpoint_format == "gptq" else ["zero_points_plus_one"]
        of_order = ["g_idx_ignored"] if self.has_act_order else []
        return ["scale_ignored", "nibbles_reversed", *of_version, *of_order]

    def config(self) -> dict[str, Any]:
        return {
            "quant_method": "gptq",
            "bits": 4,
            "group_size": self.group,
            "desc_act": self.has_act_order,
            "sym": self.is_symmetric,
            "lm_head": False,
            "checkpoint_format": self.checkpoint_format,
            "true_sequential": True,
        }

    def store(self, weight: torch.Tensor, generator: torch.Generator) -> Tensors:
        inputs = weight.shape[1]
        group = inputs if self.group == -1 else self.group
        weight = uneven(weight if self.is_symmetric else skewed(weight, group), (1, group))
        order = torch.randperm(inputs, generator=generator) if self.has_act_order else torch.arange(inputs)
        groups = torch.empty(inputs, dtype=torch.int32)
        groups[order] = (torch.arange(inputs) // group).int()
        in_groups, scales, zero_points = round_to_groups(weight[:, order], group, self.is_symmetric, torch.float16)
        numbers = torch.empty_like(in_groups)
        numbers[:, order] = in_groups
        stored_zero_points = zero_points - (1 if self.checkpoint_format == "gptq" else 0)
        assert stored_zero_points.min() >= 0
        return {
            "qweight": pack(numbers.T, 0, IN_ORDER),
            "qzeros": pack(stored_zero_points.T, 1, IN_ORDER),
            "scales": scales.T.contiguous(),
            "g_idx": groups,
        }

    def restore(self, stored: Tensors, fault: str | None = None) -> torch.Tensor:
        numbers = unpack(stored["qweight"], 0, IN_ORDER[::-1] if fault == "nibbles_reversed" else IN_ORDER)
        zero_points = unpack(stored["qzeros"], 1, IN_ORDER)
        adds_one = self.checkpoint_format == "gptq"
        if fault in ("zero_points_as_stored", "zero_points_plus_one"):
            adds_one = not adds_one
        groups = stored["g_idx"].long()
        if fault == "g_idx_ignored":
            groups = groups.sort().values
        scales = torch.ones_like(stored["scales"]) if fault == "scale_ignored" else stored["scales"]
        return ((numbers - zero_points[groups] - int(adds_one)) * scales.float()[groups]).T.contiguous()


@dataclass(frozen=True)
class Awq:
    group: int
    faults = ["scale_ignored", "nibbles_in_order", "zero_points_in_order", "zero_points_plus_one"]

    def config(self) -> dict[str, Any]:
        return {
            "quant_method": "awq",
            "bits": 4,
            "group_size": self.group,
            "zero_point": True,
            "version": "gemm",
            "modules_to_not_convert": None,
        }

    def store(self, weight: torch.Tensor, generator: torch.Generator) -> Tensors:
        weight = uneven(skewed(weight, self.group), (1, self.group))
        numbers, scales, zero_points = round_to_groups(weight, self.group, False, torch.float16)
        return {
            "qweight": pack(numbers.T, 1, AWQ_ORDER),
            "qzeros": pack(zero_points.T, 1, AWQ_ORDER),
            "scales": scales.T.contiguous(),
        }

    def restore(self, stored: Tensors, fault: str | None = None) -> torch.Tensor:
        numbers = unpack(stored["qweight"], 1, IN_ORDER if fault == "nibbles_in_order" else AWQ_ORDER)
        zero_points = unpack(stored["qzeros"], 1, IN_ORDER if fault == "zero_points_in_order" else AWQ_ORDER)
        zero_points = zero_points + (1 if fault == "zero_points_plus_one" else 0)
        scales = torch.ones_like(stored["scales"]) if fault == "scale_ignored" else stored["scales"]
        groups = torch.arange(len(numbers)) // self.group
        return ((numbers - zero_points[groups]) * scales.float()[groups]).T.contiguous()


@dataclass(frozen=True)
class Packed:
    """compressed-tensors' own layout of four bits."""

    group: int
    is_symmetric: bool

    @property
    def faults(self) -> list[str]:
        return ["scale_ignored", "nibbles_reversed", *([] if self.is_symmetric else ["zero_points_eight"])]

    def config(self) -> dict[str, Any]:
        weights = {
            "num_bits": 4,
            "type": "int",
            "strategy": "group",
            "group_size": self.group,
            "symmetric": self.is_symmetric,
            "dynamic": False,
            "actorder": None,
        }
        scheme = {"targets": ["Linear"], "weights": weights, "input_activations": None, "output_activations": None}
        return {
            "quant_method": "compressed-tensors",
            "format": "pack-quantized",
            "config_groups": {"group_0": scheme},
            "ignore": ["lm_head"],
            "quantization_status": "compressed",
        }

    def store(self, weight: torch.Tensor, generator: torch.Generator) -> Tensors:
        weight = uneven(weight if self.is_symmetric else skewed(weight, self.group), (1, self.group))
        numbers, scales, zero_points = round_to_groups(weight, self.group, self.is_symmetric, torch.bfloat16)
        stored = {
            "weight_packed": pack(numbers, 1, IN_ORDER),
            "weight_scale": scales,
            "weight_shape": torch.tensor(weight.shape),
        }
        return stored if self.is_symmetric else stored | {"weight_zero_point": pack(zero_points, 0, IN_ORDER)}

    def restore(self, stored: Tensors, fault: str | None = None) -> torch.Tensor:
        numbers = unpack(stored["weight_packed"], 1, IN_ORDER[::-1] if fault == "nibbles_reversed" else IN_ORDER)
        zero_points = torch.full(stored["weight_scale"].shape, 8)
        if "weight_zero_point" in stored and fault != "zero_points_eight":
            zero_points = unpack(stored["weight_zero_point"], 0, IN_ORDER)
        groups = torch.arange(numbers.shape[1]) // self.group
        scales = torch.ones_like(stored["weight_scale"]) if fault == "scale_ignored" else stored["weight_scale"]
        return (numbers - zero_points[:, groups]) * scales.float()[:, groups]
