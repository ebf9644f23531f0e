"""Examples as batches of token ids."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import torch
from tokenizers import Tokenizer
from torch import Tensor

from examples import Generator
from slips import answer_with_slips
from tokenizer import END, LINES, PAD, template

IGNORED = -1
LINE = re.compile(r"<\|line_(\d+)\|>")


@dataclass(frozen=True)
class Sequence:
    """A prompt and its answer; `unlearned` are positions of tokens in it that the answer should not have had."""

    ids: list[int]
    prompt_length: int
    unlearned: list[int]


@dataclass(frozen=True)
class Batch:
    """Ids of shape [batch, length], and what should come next at each position, or IGNORED."""

    ids: Tensor
    targets: Tensor


class Encoder:
    def __init__(self, tokenizer: Tokenizer, context: int) -> None:
        self.tokenizer = tokenizer
        self.context = context
        self.template = template()
        self.end = tokenizer.token_to_id(END)
        self.pad = tokenizer.token_to_id(PAD)
        # What stands behind an entry: another one begins, or the answer ends.
        self.ends = [token for text in ('"},{"', '"}]}') for token in tokenizer.encode(text).ids]
        assert len(self.ends) == 2

    def sequences(
        self, generator: Generator, shifts: random.Random | None = None, slips: random.Random | None = None
    ) -> list[Sequence]:
        """With `shifts`, half of the listings begin at another line than the first, so that all numbers of lines
        are known long before listings are as long as that. With `slips`, half of the answers have wrong names in
        them, which are not learned: what comes after is, so that a slip is not the end of an answer. What does not fit
        the context is left out."""
        examples = list(generator)
        prompts = [self.template.render(messages=e["messages"], add_generation_prompt=True) for e in examples]
        if shifts is not None:
            prompts = [shifted(prompt, shifts) if shifts.random() < 0.5 else prompt for prompt in prompts]
        answers = [e["answer"] for e in examples]
        wrong: list[list[tuple[int, int]]] = [[] for _ in examples]
        if slips is not None:
            for index, answer in enumerate(answers):
                if slips.random() < 0.5:
                    answers[index], wrong[index] = answer_with_slips(answer, slips)
        sequences = []
        encoded = zip(self.tokenizer.encode_batch(prompts), self.tokenizer.encode_batch(answers), wrong, strict=True)
        for prompt, answer, stretches in encoded:
            length = len(prompt.ids)
            unlearned = [
                length + token
                for token, (start, _) in enumerate(answer.offsets if stretches else [])
                if any(first <= start <= last for first, last in stretches)
            ]
            sequences.append(Sequence(prompt.ids + answer.ids + [self.end], length, unlearned))
        return [sequence for sequence in sequences if len(sequence.ids) <= self.context]

    def batches(self, sequences: list[Sequence], tokens: int, order: random.Random) -> Iterator[Batch]:
        """Batches of sequences of like length, each of at most about `tokens` tokens, in random order."""
        left = iter(sorted(sequences, key=lambda sequence: len(sequence.ids), reverse=True))
        groups: list[list[Sequence]] = []
        for longest in left:
            groups.append([longest, *islice(left, max(0, tokens // padded(len(longest.ids)) - 1))])
        order.shuffle(groups)
        yield from map(self._batch, groups)

    def _batch(self, sequences: list[Sequence]) -> Batch:
        length = padded(max(len(sequence.ids) for sequence in sequences) - 1)
        ids = torch.full((len(sequences), length), self.pad)
        targets = torch.full((len(sequences), length), IGNORED)
        for row, sequence in enumerate(sequences):
            last, start = len(sequence.ids) - 1, sequence.prompt_length - 1
            whole = torch.tensor(sequence.ids)
            ids[row, :last] = whole[:-1]
            whole[sequence.unlearned] = IGNORED
            targets[row, start:last] = whole[start + 1 :]
        return Batch(ids, targets)


def padded(length: int) -> int:
    return -(-length // 64) * 64


def shifted(prompt: str, shifts: random.Random) -> str:
    lines = [int(line) for line in LINE.findall(prompt)]
    shift = shifts.randint(0, max(0, LINES - max(lines, default=0)))
    return LINE.sub(lambda match: f"<|line_{int(match[1]) + shift}|>", prompt)
