"""Makes the GGUF model cases: files as llama.cpp's converter writes them, and the logits of what they stand for."""

import json
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGMLQuantizationType as Kind
from gguf import GGUFWriter, TokenType
from safetensors.torch import save_file

from .files import write_object, write_pretty
from .ggml_blocks import FAULTS, quantize, restore
from .gguf_cases import GGUF_CASES, GgufCase
from .model_cases import VOCAB_SIZE
from .model_tokenizers import ROLES, SPECIAL_TOKENS, TEMPLATES, write_tokenizer
from .model_weights import make_weights
from .models import LEAST_SENSITIVITY, Unsuitable, chat_of, load, logits_of
from .quantizers import skewed
from .reference import Decoder, Shape, Weights, frequencies, relative_differences, rope_of

SEQUENCE_LENGTH = 33
ARCHITECTURES = {"llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3"}
NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
PLAIN = {Kind.F32: torch.float32, Kind.F16: torch.float16, Kind.BF16: torch.bfloat16}


def gguf_name(name: str) -> tuple[str, str]:
    """The whole name, and the part that says what the tensor is."""
    stem, kind = name.rsplit(".", 1)
    if not stem.startswith("model.layers."):
        return f"{NAMES[stem]}.{kind}", NAMES[stem]
    _, _, layer, part = stem.split(".", 3)
    return f"blk.{layer}.{NAMES[part]}.{kind}", NAMES[part]


def permuted(case: GgufCase, name: str, tensor: torch.Tensor, back: bool = False) -> torch.Tensor:
    """llama.cpp's order of the rows of queries and keys, in which the two that are rotated together neighbour each other."""
    shape = Shape.of(case.model.config)
    heads = {"q_proj": shape.heads, "k_proj": shape.kv_heads}.get(name.split(".")[-2])
    if ARCHITECTURES[case.model.family] != "llama" or heads is None:
        return tensor
    halves = (-1, 2) if back else (2, -1)
    return tensor.reshape(heads, *halves, *tensor.shape[1:]).swapaxes(1, 2).reshape(tensor.shape).contiguous()


class Stored:
    """A tensor as the file has it."""

    def __init__(self, case: GgufCase, name: str, tensor: torch.Tensor):
        self.case, self.source = case, name
        self.name, part = gguf_name(name)
        default = next(iter(case.kinds.values()))
        self.kind = case.kinds.get(part, default) if tensor.dim() == 2 else Kind.F32
        tensor = permuted(case, name, tensor)
        if self.kind in PLAIN:
            # Rounded as they are in the file.
            self.data = tensor.to(PLAIN[self.kind]).float().numpy()
        else:
            self.data = quantize(tensor.numpy(), self.kind)

    def add_to(self, writer: GGUFWriter) -> None:
        if self.kind == Kind.BF16:
            writer.add_tensor(self.name, quantize(self.data, self.kind), raw_dtype=self.kind)
        elif self.kind in PLAIN:
            writer.add_tensor(self.name, self.data.astype(np.float16) if self.kind == Kind.F16 else self.data)
        else:
            writer.add_tensor(self.name, self.data, raw_dtype=self.kind)

    def restored(self, fault: str | None) -> torch.Tensor:
        kind, _, what = (fault or "").partition(" ")
        if self.kind in PLAIN:
            weight = torch.from_numpy(self.data)
        else:
            weight = torch.from_numpy(restore(self.data, self.kind, what if kind == self.kind.name else None).copy())
        return weight if fault == "rows_not_permuted" else permuted(self.case, self.source, weight, back=True)


def faults_of(case: GgufCase, stored: list[Stored]) -> list[str]:
    kinds = {tensor.kind for tensor in stored}
    faults = [f"{kind.name} {fault}" for kind in FAULTS if kind in kinds for fault in FAULTS[kind]]
    if ARCHITECTURES[case.model.family] == "llama":
        faults.append("rows_not_permuted")
    if case.model.config.get("rope_scaling"):
        faults.append("rope_scaling")
    if case.model.family == "mistral":
        faults += ["sliding_window", "sliding_window_one_longer", "sliding_window_one_shorter"]
    return faults


def write_tokens(case: GgufCase, writer: GGUFWriter, folder: Path) -> None:
    family = case.model.family
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    ids = tokenizer["model"]["vocab"] | {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    tokens = sorted(ids, key=ids.__getitem__)
    special = SPECIAL_TOKENS[family]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL if token in special else TokenType.NORMAL for token in tokens])
    merges = tokenizer["model"]["merges"]
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    roles = ROLES[family]
    writer.add_eos_token_id(ids[roles["eos_token"]])
    writer.add_pad_token_id(ids[roles["pad_token"]])
    if roles["bos_token"] is not None:
        writer.add_bos_token_id(ids[roles["bos_token"]])
    writer.add_add_bos_token(roles["bos_token"] is not None)
    writer.add_chat_template(TEMPLATES[family])


def write_config(case: GgufCase, writer: GGUFWriter) -> None:
    config, shape = case.model.config, Shape.of(case.model.config)
    writer.add_name(case.model.name)
    writer.add_file_type(case.file_type)
    writer.add_block_count(shape.layers)
    writer.add_context_length(shape.max_positions)
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(shape.eps)
    writer.add_rope_freq_base(rope_of(config)["rope_theta"])
    writer.add_rope_dimension_count(shape.head_dim)
    writer.add_vocab_size(VOCAB_SIZE)
    if config.get("head_dim"):
        writer.add_key_length(shape.head_dim)
        writer.add_value_length(shape.head_dim)
    if case.model.family == "mistral":
        writer.add_sliding_window(config["sliding_window"])


def write_files(case: GgufCase, stored: list[Stored], folder: Path, tokenizer: Path) -> None:
    most = -(-(len(stored)) // case.files) if case.files > 1 else 0
    writer = GGUFWriter(folder / "model.gguf", ARCHITECTURES[case.model.family], split_max_tensors=most)
    write_config(case, writer)
    write_tokens(case, writer, tokenizer)
    if case.model.config.get("rope_scaling"):
        plain, _ = frequencies(case.model.config, "rope_scaling")
        scaled, _ = frequencies(case.model.config, None)
        writer.add_tensor("rope_freqs.weight", (plain / scaled).float().numpy())
    for tensor in stored:
        tensor.add_to(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def transformers_logits(config: dict[str, Any], weights: Weights, ids: list[int]) -> torch.Tensor:
    with tempfile.TemporaryDirectory() as folder:
        write_pretty(Path(folder) / "config.json", config)
        save_file(weights, Path(folder) / "model.safetensors", {"format": "pt"})
        return logits_of(load(Path(folder), torch.float32), ids)


def make_case(case: GgufCase, folder: Path, seed: int) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    config = case.model.config
    source = random.Random(f"{case.model.name} {seed}")
    ids = [source.randrange(VOCAB_SIZE) for _ in range(SEQUENCE_LENGTH)]
    weights = make_weights(case.model, seed, ids)
    for name, weight in weights.items():
        if name.endswith("_proj.weight") and weight.shape[1] % 32 == 0:
            weights[name] = skewed(weight, 32)
    stored = [Stored(case, name, weight) for name, weight in weights.items()]

    def restored(fault: str | None = None) -> Weights:
        return {tensor.source: tensor.restored(fault) for tensor in stored}

    logits = transformers_logits(config, restored(), ids)
    agreement = relative_differences(Decoder(config, restored()).logits(ids), logits).max().item()
    assert agreement < 2e-5, f"{case.model.name}: the reference decoder differs from transformers by {agreement}"
    sensitivity = {}
    for fault in faults_of(case, stored):
        decoder = Decoder(config, restored(fault), fault)
        moved = relative_differences(decoder.logits(ids), logits).max().item()
        if not moved > LEAST_SENSITIVITY:
            raise Unsuitable(f"fault {fault} moves the logits by {moved:.4f} only")
        sensitivity[fault] = round(moved, 3)

    with tempfile.TemporaryDirectory() as tokenizer:
        tokens = write_tokenizer(case.model.family, Path(tokenizer))
        write_files(case, stored, folder, Path(tokenizer))
        chat = chat_of(Path(tokenizer), tokens)
    save_file({"logits": logits.contiguous()}, folder / "expected.safetensors")
    expected = {
        "description": case.model.description,
        "features": case.model.features,
        "dtype": "float32",
        "seed": seed,
        "input_ids": ids,
        "greedy": [],
        "chat": chat,
        "sensitivity": sensitivity,
    }
    write_object(folder / "expected.json", expected)
    return expected


def make_gguf(root: Path, only_case: str | None = None) -> None:
    for case in GGUF_CASES:
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
