"""Two tiny tokenizers of other kinds than the real one: byte-level as in Llama 3, byte fallback as in SentencePiece."""

import json
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from .files import compact, write_pretty, write_text
from .strings import CODE, JSON, SCRIPTS

LLAMA3_PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
# Words of the vocabulary that no merge reaches: only `ignore_merges` finds them.
UNMERGED_WORDS = ["ĠConduit", "listing", "123", "Ġ中"]
CORPUS = [
    "The shell prints a listing of the files, and the program reads the listing, file by file, into typed values.",
    "He said that the others were there before them; whether they were is another matter altogether.",
    "It's the first of 1234 tests, 567 of which are 89 percent done, and don't you forget that we'll see 2026.",
    "Der Hund und die Katze sind in dem Garten, und der Mann mit dem Hut ist nicht da.",
    "La maison de la rue est dans le village de la montagne, et le chat est sur la table.",
    *(" ".join(words) for words in SCRIPTS.values()),
    *CODE,
    *JSON,
]
BYTE_LEVEL_SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
BYTE_FALLBACK_SPECIAL = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"]


def begin_with(token: str, identifier: int) -> processors.TemplateProcessing:
    return processors.TemplateProcessing(
        single=f"{token} $A", pair=f"{token} $A {token} $B:1", special_tokens=[(token, identifier)]
    )


def byte_level() -> Tokenizer:
    splitting = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA3_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = splitting
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trained.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=700, initial_alphabet=alphabet, show_progress=False)
    )
    model = json.loads(trained.to_str())["model"]
    vocabulary = model["vocab"]
    for word in UNMERGED_WORDS:
        vocabulary.setdefault(word, len(vocabulary))
    merges = [tuple(merge) for merge in model["merges"]]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=True))
    tokenizer.pre_tokenizer = splitting
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in BYTE_LEVEL_SPECIAL])
    begin = BYTE_LEVEL_SPECIAL[0]
    tokenizer.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), begin_with(begin, tokenizer.token_to_id(begin))]
    )
    return tokenizer


def byte_fallback() -> Tokenizer:
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    # The rarer scripts stay outside the vocabulary, so that they fall back to bytes.
    known = [text for text in CORPUS if all(ord(letter) < 0x250 for letter in text)]
    trained.train_from_iterator(known, trainers.BpeTrainer(vocab_size=450, show_progress=False))
    model = json.loads(trained.to_str())["model"]
    pieces = BYTE_FALLBACK_SPECIAL[:3] + [f"<0x{byte:02X}>" for byte in range(256)]
    pieces += sorted(model["vocab"], key=model["vocab"].__getitem__)
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    merges = [tuple(merge) for merge in model["merges"]]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in BYTE_FALLBACK_SPECIAL])
    tokenizer.post_processor = begin_with("<s>", vocabulary["<s>"])
    return tokenizer


def write_tiny(tokenizer: Tokenizer, folder: Path, roles: dict[str, Any]) -> None:
    write_text(folder / "tokenizer.json", compact(json.loads(tokenizer.to_str())) + "\n")
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **roles, "clean_up_tokenization_spaces": False}
    write_pretty(folder / "tokenizer_config.json", config)
