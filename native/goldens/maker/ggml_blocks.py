"""ggml's blocks of quantised weights: how they are packed, and what weights they stand for.

`restore` may be asked to get one thing wrong: the names of the faults say which. Without one it agrees with the package `gguf`.
"""

import numpy as np
from gguf import GGMLQuantizationType as Kind
from gguf import quants

FAULTS = {
    Kind.Q4_0: ["nibbles_interleaved", "offset_ignored"],
    Kind.Q4_1: ["minimum_ignored"],
    Kind.Q5_0: ["upper_bits_ignored"],
    Kind.Q5_1: ["upper_bits_ignored", "minimum_ignored"],
    Kind.Q8_0: ["scale_of_the_next_block"],
    Kind.Q4_K: ["nibbles_interleaved", "minimum_ignored", "scales_in_order"],
    Kind.Q5_K: ["upper_bits_ignored", "minimum_ignored", "scales_in_order"],
    Kind.Q6_K: ["upper_bits_ignored", "offset_ignored", "scale_sign_ignored"],
}


def half(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float16).view(np.uint8).reshape(len(values), 2)


def quantize(weight: np.ndarray, kind: Kind) -> np.ndarray:
    """Rows of bytes."""
    if kind not in (Kind.Q4_K, Kind.Q5_K, Kind.Q6_K):
        return quants.quantize(weight, kind)
    blocks = weight.astype(np.float32).reshape(-1, 256)
    packed = quantize_q6(blocks) if kind == Kind.Q6_K else quantize_q4_or_q5(blocks, 4 if kind == Kind.Q4_K else 5)
    return packed.reshape(len(weight), -1)


def quantize_q4_or_q5(blocks: np.ndarray, bits: int) -> np.ndarray:
    """Numbers of 4 or 5 bits in groups of 32, with scales and minimums of 6 bits."""
    groups = blocks.reshape(-1, 8, 32)
    most = (1 << bits) - 1
    minimums = np.maximum(-groups.min(-1), 0)
    scales = (groups.max(-1) + minimums) / most
    scale, minimum = (np.float16(values.max(-1) / 63).astype(np.float32) for values in (scales, minimums))
    six_scales, six_minimums = (
        np.clip(np.rint(values / shared[:, None]), 0, 63).astype(np.uint8)
        for values, shared in ((scales, scale), (minimums, minimum))
    )
    steps, lows = scale[:, None] * six_scales, minimum[:, None] * six_minimums
    numbers = np.rint((groups + lows[..., None]) / np.maximum(steps, 1e-30)[..., None])
    numbers = np.clip(numbers, 0, most).astype(np.uint8)
    first = six_scales[:, :4] | (six_scales[:, 4:] >> 4) << 6
    second = six_minimums[:, :4] | (six_minimums[:, 4:] >> 4) << 6
    third = six_scales[:, 4:] & 15 | (six_minimums[:, 4:] & 15) << 4
    nibbles = numbers & 15
    nibbles = nibbles[:, 0::2] | nibbles[:, 1::2] << 4
    parts = [half(scale), half(minimum), first, second, third]
    if bits == 5:
        parts.append(np.bitwise_or.reduce((numbers >> 4) << np.arange(8, dtype=np.uint8)[None, :, None], axis=1))
    return np.concatenate([*parts, nibbles.reshape(len(blocks), 128)], axis=1)


def quantize_q6(blocks: np.ndarray) -> np.ndarray:
    """Numbers of 6 bits in groups of 16, with scales of 8 bits that have a sign."""
    groups = blocks.reshape(-1, 16, 16)
    farthest = np.take_along_axis(groups, np.abs(groups).argmax(-1)[..., None], -1)[..., 0]
    scales = farthest / -32
    scale = np.float16(np.abs(scales).max(-1) / 127).astype(np.float32)
    bytes_of_scales = np.clip(np.rint(scales / scale[:, None]), -128, 127).astype(np.int8)
    steps = (scale[:, None] * bytes_of_scales)[..., None]
    numbers = np.rint(groups / np.where(steps == 0, 1, steps))
    numbers = (np.clip(numbers, -32, 31) + 32).astype(np.uint8).reshape(-1, 2, 4, 32)
    lower = (numbers[:, :, :2] & 15 | (numbers[:, :, 2:] & 15) << 4).reshape(-1, 128)
    upper = np.bitwise_or.reduce((numbers >> 4) << np.array([0, 2, 4, 6], np.uint8)[None, None, :, None], axis=2)
    parts = [lower, upper.reshape(-1, 64), bytes_of_scales.view(np.uint8), half(scale)]
    return np.concatenate(parts, axis=1)


def restore(rows: np.ndarray, kind: Kind, fault: str | None = None) -> np.ndarray:
    """Rows of weights."""
    block_weights, block_bytes = quants.GGML_QUANT_SIZES[kind]
    blocks = rows.reshape(-1, block_bytes)
    if fault is None:
        return quants.dequantize(rows, kind)
    sound = faulty(blocks, kind, None).reshape(len(rows), -1)
    assert np.array_equal(sound, quants.dequantize(rows, kind)), kind
    restored = faulty(blocks, kind, fault)
    assert restored.shape == (len(blocks), block_weights)
    return restored.reshape(len(rows), -1)


def as_half(blocks: np.ndarray, start: int) -> np.ndarray:
    return blocks[:, start : start + 2].copy().view(np.float16).astype(np.float32)


def nibbles_of(numbers: np.ndarray, run: int, fault: str | None) -> np.ndarray:
    """The lower halves of a run of bytes, then their upper ones."""
    runs = numbers.reshape(len(numbers), -1, run)
    halves = np.stack([runs & 15, runs >> 4], -1 if fault == "nibbles_interleaved" else -2)
    return halves.reshape(len(numbers), -1)


def faulty(blocks: np.ndarray, kind: Kind, fault: str | None) -> np.ndarray:
    if kind in (Kind.Q4_K, Kind.Q5_K):
        return faulty_q4_or_q5(blocks, kind, fault)
    if kind == Kind.Q6_K:
        return faulty_q6(blocks, fault)
    scale = as_half(blocks, 0)
    if kind == Kind.Q8_0:
        scale = np.roll(scale, -1, 0) if fault == "scale_of_the_next_block" else scale
        return scale * blocks[:, 2:].view(np.int8).astype(np.float32)
    has_minimum, has_fifth = kind in (Kind.Q4_1, Kind.Q5_1), kind in (Kind.Q5_0, Kind.Q5_1)
    start = 4 if has_minimum else 2
    numbers = nibbles_of(blocks[:, start + (4 if has_fifth else 0) :], 16, fault).astype(np.int32)
    if has_fifth and fault != "upper_bits_ignored":
        fifth = np.unpackbits(blocks[:, start : start + 4], axis=1, bitorder="little")
        numbers |= fifth.astype(np.int32) << 4
    if has_minimum:
        minimum = as_half(blocks, 2) * (fault != "minimum_ignored")
        return scale * numbers.astype(np.float32) + minimum
    offset = 0 if fault == "offset_ignored" else 16 if has_fifth else 8
    return scale * (numbers - offset).astype(np.float32)


def faulty_q4_or_q5(blocks: np.ndarray, kind: Kind, fault: str | None) -> np.ndarray:
    first, second, third = (blocks[:, start : start + 4] for start in (4, 8, 12))
    if fault == "scales_in_order":
        # As if the upper bits of the last four lay with their lower ones.
        last_scales, last_minimums = third & 15, third >> 4
    else:
        last_scales, last_minimums = third & 15 | first >> 6 << 4, third >> 4 | second >> 6 << 4
    scales = np.concatenate([first & 63, last_scales], 1).astype(np.float32) * as_half(blocks, 0)
    minimums = np.concatenate([second & 63, last_minimums], 1).astype(np.float32) * as_half(blocks, 2)
    has_fifth = kind == Kind.Q5_K
    numbers = nibbles_of(blocks[:, 48 if has_fifth else 16 :], 32, fault).reshape(-1, 8, 32)
    if has_fifth and fault != "upper_bits_ignored":
        fifth = blocks[:, None, 16:48] >> np.arange(8, dtype=np.uint8)[None, :, None] & 1
        numbers = numbers | fifth << 4
    if fault == "minimum_ignored":
        minimums = np.zeros_like(minimums)
    return (scales[..., None] * numbers.astype(np.float32) - minimums[..., None]).reshape(-1, 256)


def faulty_q6(blocks: np.ndarray, fault: str | None) -> np.ndarray:
    scales = blocks[:, 192:208].view(np.int8).astype(np.float32)
    scales = as_half(blocks, 208) * (np.abs(scales) if fault == "scale_sign_ignored" else scales)
    numbers = nibbles_of(blocks[:, :128], 64, fault).reshape(-1, 2, 4, 32).astype(np.int32)
    if fault != "upper_bits_ignored":
        upper = blocks[:, 128:192].reshape(-1, 2, 1, 32) >> np.array([0, 2, 4, 6], np.uint8)[None, None, :, None] & 3
        numbers |= upper.astype(np.int32) << 4
    numbers = numbers.reshape(-1, 16, 16) - (0 if fault == "offset_ignored" else 32)
    return (scales[..., None] * numbers.astype(np.float32)).reshape(-1, 256)
