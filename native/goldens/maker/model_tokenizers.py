"""A byte-level tokenizer of 288 tokens for each family of tiny models."""

from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from . import templates_small
from .files import write_pretty, write_text
from .model_cases import VOCAB_SIZE

CORPUS = [
    "The quick brown fox jumps over the lazy dog, and then the other dog jumps over the fox.",
    "In the beginning there was the command line; then there were the shells and the listings of the files.",
    '{"name": "readme.md", "bytes": 1024, "files": [{"name": "src", "bytes": 4096}]}',
    "Wer andern eine Grube gräbt, fällt selbst hinein. Où est la bibliothèque? ¿Dónde está el mar?",
]
SPECIAL_TOKENS = {
    "llama": ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    "mistral": ["<s>", "</s>", "[INST]", "[/INST]"],
    "qwen2": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
}
SPECIAL_TOKENS["qwen3"] = SPECIAL_TOKENS["qwen2"]
SPECIAL_TOKENS["gemma2"] = ["<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"]
SPECIAL_TOKENS["gemma3_text"] = SPECIAL_TOKENS["gemma2"]
SPECIAL_TOKENS["phi3"] = ["<|endoftext|>", "<|assistant|>", "<|user|>", "<|end|>"]
SPECIAL_TOKENS["smollm3"] = SPECIAL_TOKENS["qwen2"]
ROLES = {
    "llama": {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>", "pad_token": "<|end_of_text|>"},
    "mistral": {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"},
    "qwen2": {"bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
}
ROLES["qwen3"] = ROLES["qwen2"]
ROLES["gemma2"] = {"bos_token": "<bos>", "eos_token": "<end_of_turn>", "pad_token": "<pad>"}
ROLES["gemma3_text"] = ROLES["gemma2"]
ROLES["phi3"] = {"bos_token": "<|endoftext|>", "eos_token": "<|end|>", "pad_token": "<|endoftext|>"}
ROLES["smollm3"] = ROLES["qwen2"]
TEMPLATES = {
    "llama": templates_small.LLAMA,
    "mistral": templates_small.MISTRAL,
    "qwen2": templates_small.CHATML,
    "qwen3": templates_small.CHATML,
    "gemma2": templates_small.GEMMA,
    "gemma3_text": templates_small.GEMMA,
    "phi3": templates_small.PHI3,
    "smollm3": templates_small.CHATML,
}
for mixture, dense in (("qwen3_moe", "qwen3"), ("mixtral", "mistral")):
    SPECIAL_TOKENS[mixture], ROLES[mixture], TEMPLATES[mixture] = SPECIAL_TOKENS[dense], ROLES[dense], TEMPLATES[dense]


def train(family: str) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    special = SPECIAL_TOKENS[family]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE - len(special),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    # Special tokens get the highest ids, as in the published models of these families.
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    assert tokenizer.get_vocab_size() == VOCAB_SIZE, tokenizer.get_vocab_size()
    return tokenizer


def write_tokenizer(family: str, folder: Path) -> Tokenizer:
    tokenizer = train(family)
    write_text(folder / "tokenizer.json", tokenizer.to_str(pretty=False) + "\n")
    config: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        **ROLES[family],
        "clean_up_tokenization_spaces": False,
        "model_max_length": 256,
        "chat_template": TEMPLATES[family],
    }
    write_pretty(folder / "tokenizer_config.json", config)
    return tokenizer
