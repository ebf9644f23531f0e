"""Makes the quantised model cases: what a publisher stores, and the logits of the weights that it stands for."""

import random
import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from .files import write_object, write_pretty
from .mixture_cases import QUANTIZED_MIXTURES
from .model_cases import VOCAB_SIZE
from .model_weights import make_weights
from .models import LEAST_SENSITIVITY, Unsuitable, check_router, load, logits_of
from .quantized_cases import QUANTIZED_CASES, QuantizedCase
from .quantizers import Tensors
from .reference import Decoder, Weights, relative_differences

SEQUENCE_LENGTH = 33


def layers_of(case: QuantizedCase, weights: Weights) -> list[str]:
    """The layers that are quantised."""
    names = [name.removesuffix(".weight") for name in weights if name.endswith("_proj.weight")]
    return [name for name in names if name not in case.kept]


def transformers_logits(case: QuantizedCase, weights: Weights, ids: list[int]) -> torch.Tensor:
    with tempfile.TemporaryDirectory() as folder:
        write_pretty(Path(folder) / "config.json", case.model.config)
        save_file(weights, Path(folder) / "model.safetensors", {"format": "pt"})
        return logits_of(load(Path(folder), torch.float32), ids)


def make_case(case: QuantizedCase, folder: Path, seed: int) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    source = random.Random(f"{case.model.name} {seed}")
    ids = [source.randrange(VOCAB_SIZE) for _ in range(SEQUENCE_LENGTH)]
    weights = make_weights(case.model, seed, ids)
    generator = torch.Generator().manual_seed(seed)
    stored: dict[str, Tensors] = {
        layer: case.quantizer.store(weights.pop(f"{layer}.weight"), generator) for layer in layers_of(case, weights)
    }

    def restored(fault: str | None = None) -> Weights:
        layers = {f"{layer}.weight": case.quantizer.restore(parts, fault) for layer, parts in stored.items()}
        return {**weights, **layers}

    logits = transformers_logits(case, restored(), ids)
    agreement = relative_differences(Decoder(case.model.config, restored()).logits(ids), logits).max().item()
    assert agreement < 2e-5, f"{case.model.name}: the reference decoder differs from transformers by {agreement}"
    check_router(case.model, restored(), ids)
    sensitivity = {}
    for fault in case.quantizer.faults:
        moved = relative_differences(Decoder(case.model.config, restored(fault)).logits(ids), logits).max().item()
        if not moved > LEAST_SENSITIVITY:
            raise Unsuitable(f"fault {fault} moves the logits by {moved:.4f} only")
        sensitivity[fault] = round(moved, 3)

    parts = {f"{layer}.{part}": tensor for layer, parts in stored.items() for part, tensor in parts.items()}
    save_file({**weights, **parts}, folder / "model.safetensors", {"format": "pt"})
    write_pretty(folder / "config.json", {**case.model.config, "quantization_config": case.quantizer.config()})
    save_file({"logits": logits.contiguous()}, folder / "expected.safetensors")
    expected = {
        "description": case.model.description,
        "features": case.model.features,
        "dtype": "float32",
        "seed": seed,
        "input_ids": ids,
        "greedy": [],
        "sensitivity": sensitivity,
    }
    write_object(folder / "expected.json", expected)
    return expected


def make_quantized(root: Path, only_case: str | None = None) -> None:
    for case in (*QUANTIZED_CASES, *QUANTIZED_MIXTURES):
        name = case.model.name
        if only_case not in (None, name):
            continue
        for seed in range(1, 50):
            try:
                expected = make_case(case, root / name, seed)
            except Unsuitable as reason:
                print(f"{name} seed {seed}: {reason}", flush=True)
                continue
            size = sum(file.stat().st_size for file in (root / name).iterdir())
            print(f"{name}: seed {seed}, {size} bytes, {expected['sensitivity']}", flush=True)
            break
        else:
            raise RuntimeError(f"{name}: no seed gives a suitable golden")
