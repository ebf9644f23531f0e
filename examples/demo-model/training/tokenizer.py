"""The tokenizer: byte-level BPE that cuts a name the same way in a listing and in the answer."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

VOCABULARY = 1024
LINES = 48
PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = [PAD, START, END, *(f"<|line_{line}|>" for line in range(1, LINES + 1))]

# In this order. Nothing joins a name with what stands before or behind it: a space before a name is a token of its
# own, and what begins at a quote that ends a name begins at every such quote.
PATTERN = "|".join(
    [
        r"\\.",  # an escape of JSON: a quote within a name never looks like its end
        r'"[:,\[\]{}]*"?',  # the syntax of JSON between two texts
        r"[bcdlps-](?:[r-][w-][xsStT-]){3}[+.]?",  # permissions
        r"(?<=[A-Za-z+.,-]) {2,}(?=[A-Za-z0-9])",  # columns that are filled up; never behind a date
        r"\p{N}",
        r"\p{Lu}?\p{Ll}+",
        r"\p{Lu}+",
        r"[\p{L}\p{M}]+",
        r"\s",
        r".",
    ]
)

# Each line of a listing begins with a token that says which line it is, in the place of the line end that JSON writes
# as \n. By it the model finds the next line, and everything on it.
CHAT_TEMPLATE = r"""
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\n' }}
    {%- if message.role == 'user' %}
        {%- for line in message.content.replace('\\\\', '\u0001').split('\\n') %}
            {%- if loop.index0 > LINES %}
                {{- '\\n' }}
            {%- elif loop.index0 > 0 %}
                {{- '<|line_' ~ loop.index0 ~ '|>' }}
            {%- endif %}
            {{- line.replace('\u0001', '\\\\') }}
        {%- endfor %}
    {%- else %}
        {{- message.content }}
    {%- endif %}
    {{- '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
""".strip().replace("LINES", str(LINES))


def template() -> jinja2.Template:
    """The chat template, compiled as transformers does it."""
    return ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(CHAT_TEMPLATE)


def train(texts: Iterable[str]) -> Tokenizer:
    """Learns the merges from texts that have no special tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY - len(SPECIAL), initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL])
    return tokenizer


def write(tokenizer: Tokenizer, folder: Path, context: int) -> None:
    config: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": None,
        "eos_token": END,
        "pad_token": PAD,
        "clean_up_tokenization_spaces": False,
        "model_max_length": context,
        "chat_template": CHAT_TEMPLATE,
    }
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    text = json.dumps(config, indent=2, ensure_ascii=False)
    (folder / "tokenizer_config.json").write_text(text + "\n", encoding="utf-8")
