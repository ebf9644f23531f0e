"""Byte-level BPE in the plainest form: a second opinion on the ids of the real tokenizer."""

import json
import unicodedata
from pathlib import Path

import regex


def byte_letters() -> dict[int, str]:
    """The letter by which byte-level vocabularies write each byte."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + index) for index, byte in enumerate(others)}


class PlainBpe:
    """Reads a tokenizer.json that normalises by NFC, splits by one expression and merges bytes."""

    def __init__(self, path: Path):
        tokenizer = json.loads(path.read_text(encoding="utf-8"))
        assert tokenizer["normalizer"] == {"type": "NFC"}
        split = tokenizer["pre_tokenizer"]["pretokenizers"][0]
        self.pattern = regex.compile(split["pattern"]["Regex"])
        self.vocabulary = tokenizer["model"]["vocab"]
        merges = (merge.split(" ") if isinstance(merge, str) else merge for merge in tokenizer["model"]["merges"])
        self.ranks = {tuple(merge): rank for rank, merge in enumerate(merges)}
        self.letters = byte_letters()
        self.added = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
        alternatives = sorted(self.added, key=len, reverse=True)
        self.added_pattern = regex.compile("(" + "|".join(map(regex.escape, alternatives)) + ")")

    def merge(self, piece: str) -> list[int]:
        symbols = [self.letters[byte] for byte in piece.encode("utf-8")]
        while len(symbols) > 1:
            pairs = [
                (self.ranks.get(pair, len(self.ranks)), index) for index, pair in enumerate(zip(symbols, symbols[1:]))
            ]
            rank, index = min(pairs)
            if rank == len(self.ranks):
                break
            symbols[index : index + 2] = [symbols[index] + symbols[index + 1]]
        return [self.vocabulary[symbol] for symbol in symbols]

    def encode(self, text: str) -> list[int]:
        ids: list[int] = []
        for part in self.added_pattern.split(text):
            if part in self.added:
                ids.append(self.added[part])
                continue
            for piece in self.pattern.findall(unicodedata.normalize("NFC", part)):
                ids += self.merge(piece)
        return ids
