"""Trains the demo model: python train.py --out <folder>. Goes on where it was stopped."""

import argparse
import os
import random
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from batches import IGNORED, Batch, Encoder
from examples import Generator
from model import Decoder, Shape
from model import write as write_model
from tokenizer import CHAT_TEMPLATE, PATTERN, template
from tokenizer import train as train_tokenizer
from tokenizer import write as write_tokenizer

SEED = 20_261_126
TOKENIZER_SEED, VALIDATION_SEED, TRAINING_SEED = 1, 2, 1000
PART_TOKENS = 1_000_000
TOKENS_PER_ENTRY = 80


@dataclass(frozen=True)
class Stage:
    """Parts of the training with listings of up to so many entries, in batches of so many tokens."""

    parts: int
    most: int
    batch_tokens: int


STAGES = [
    Stage(parts=1, most=3, batch_tokens=8_192),
    Stage(parts=2, most=8, batch_tokens=8_192),
    Stage(parts=3, most=16, batch_tokens=8_192),
    Stage(parts=4, most=24, batch_tokens=8_192),
    Stage(parts=20, most=40, batch_tokens=12_288),
]
# Then the rate rises once more, to half its height, and falls again: long listings are learned late.
AGAIN = Stage(parts=20, most=40, batch_tokens=12_288)
AGAIN_RATE = 0.5
# Listings of so many entries are long enough to lose a line in: from then on, some answers have slips in them.
LEAST_FOR_SLIPS = 16
# What a training must not change on its way.
PROMPTS = {"pattern": PATTERN, "template": CHAT_TEMPLATE}
WARMUP_STEPS = 100
DECAY = 0.4
END_WEIGHT = 5.0
MUON_RATE, ADAM_RATE, WEIGHT_DECAY = 0.02, 0.003, 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--no-compile", action="store_true", help="for machines without a C++ compiler; slower")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    compiled = not options.no_compile

    shape = Shape()
    plan = [stage for stage in [*STAGES, AGAIN] for _ in range(stage.parts)]
    tokenizer = tokenizer_of(options.out)
    encoder = Encoder(tokenizer, shape.context)
    validation = encoder.sequences(Generator(VALIDATION_SEED, 200, 0, 40))
    checkpoint = options.out / "checkpoint.pt"
    if checkpoint.exists():
        training, done = Training.load(checkpoint, shape, encoder.ends, device, compiled)
    else:
        torch.manual_seed(SEED)
        training, done = Training(Decoder(shape), encoder.ends, device, compiled), 0

    upcoming = generator_of(plan, done)
    for index in range(done, len(plan)):
        started, stage = time.monotonic(), plan[index]
        generator, upcoming = upcoming, generator_of(plan, index + 1)
        shifts = random.Random(TRAINING_SEED + index) if stage.most < 40 else None
        slips = random.Random(TRAINING_SEED + index) if stage.most >= LEAST_FOR_SLIPS else None
        sequences = encoder.sequences(generator, shifts, slips)
        batches = list(encoder.batches(sequences, stage.batch_tokens, random.Random(index)))
        losses = []
        for step, batch in enumerate(batches):
            losses.append(training.step(batch, pace(index + step / len(batches), len(plan))))
        training.save(checkpoint, index + 1)
        line = f"part {index + 1} of {len(plan)}: up to {stage.most} entries, loss {mean(losses[-30:]):.4f}"
        if index % 4 == 3 or index + 1 == len(plan):
            right = training.right_entries(encoder.batches(validation, 16_384, random.Random(0)), encoder.ends[0])
            line += f", {100 * right:.2f} % of entries up to 40 right"
        print(f"{line}, {len(losses)} steps, {time.monotonic() - started:.0f} s", flush=True)
    write_tokenizer(tokenizer, options.out, shape.context)
    write_model(training.decoder, options.out, encoder.end, encoder.pad)


def pace(done: float, parts: int) -> float:
    """The learning rate's share of its full height after so many parts."""
    first = parts - AGAIN.parts
    if done < first:
        return min(1.0, (1 - done / first) / DECAY)
    return AGAIN_RATE * (parts - done) / AGAIN.parts


def tokenizer_of(folder: Path) -> Tokenizer:
    """The tokenizer of a training that goes on, or else a new one."""
    file = folder / "tokenizer.json"
    if not file.exists():
        compiled, texts = template(), []
        for index, example in enumerate(Generator(TOKENIZER_SEED, 6_000, 0, 40)):
            texts.append(example["answer"])
            # Names matter most: they stand in every answer, and in fewer of the prompts.
            if index % 4 == 0:
                prompt = compiled.render(messages=example["messages"], add_generation_prompt=True)
                texts += [text for text in re.split(r"<\|[a-z_0-9]+\|>", prompt) if text]
        train_tokenizer(texts).save(str(file))
    return Tokenizer.from_file(str(file))


def generator_of(plan: list[Stage], index: int) -> Generator | None:
    if index >= len(plan):
        return None
    most = plan[index].most
    count = PART_TOKENS // (100 + TOKENS_PER_ENTRY * most // 2)
    return Generator(TRAINING_SEED + index, count, 0, most)


class Training:
    """A decoder and what updates it: Muon for the matrices of the layers, Adam for everything else."""

    def __init__(self, decoder: Decoder, ends: list[int], device: torch.device, compiled: bool) -> None:
        """`ends` are the tokens behind an entry."""
        self.decoder, self.device = decoder.to(device), device
        self.ends = torch.tensor(ends, device=device)
        self.forward = torch.compile(decoder, dynamic=True) if compiled else decoder
        print(f"{sum(p.numel() for p in decoder.parameters()):,} parameters on {device}", flush=True)
        matrices = [p for name, p in decoder.named_parameters() if p.dim() == 2 and not name.startswith("embed")]
        others = [p for name, p in decoder.named_parameters() if p.dim() != 2 or name.startswith("embed")]
        self.optimizers = [
            (torch.optim.Muon(matrices, lr=MUON_RATE, weight_decay=WEIGHT_DECAY), MUON_RATE),
            (torch.optim.AdamW(others, lr=ADAM_RATE, betas=(0.9, 0.97), weight_decay=0.0), ADAM_RATE),
        ]
        self.steps = 0

    def step(self, batch: Batch, rate: float) -> float:
        self.steps += 1
        warm = min(1.0, self.steps / WARMUP_STEPS)
        states, targets = self.answer_states(batch)
        losses = F.cross_entropy(self.decoder.logits(states), targets, reduction="none")
        # Whether another entry follows is one token of an entry's thirty, and what comes after hangs on it.
        weights = torch.where(torch.isin(targets, self.ends), END_WEIGHT, 1.0)
        loss = (losses * weights).sum() / weights.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.decoder.parameters(), 1.0)
        for optimizer, full_rate in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = full_rate * warm * rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def answer_states(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The states that answers are read from, and the tokens that are right there."""
        ids, targets = batch.ids.to(self.device), batch.targets.to(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            states = self.forward(ids)
        is_answer = targets != IGNORED
        return states[is_answer], targets[is_answer]

    @torch.no_grad()
    def right_entries(self, batches: Iterator[Batch], between: int) -> float:
        """The share of entries that are right, given that everything before is; `between` separates entries."""
        right = total = 0
        for batch in batches:
            states, targets = self.answer_states(batch)
            wrong = self.decoder.logits(states).argmax(-1) != targets
            rows = (batch.targets != IGNORED).nonzero()[:, 0]
            for row in rows.unique():
                entry = (targets[rows == row] == between).cumsum(0)
                entries = int(entry.max()) + 1
                total += entries
                right += entries - entry[wrong[rows == row]].unique().numel()
        return right / total

    def save(self, file: Path, done: int) -> None:
        state = {
            "prompts": PROMPTS,
            "decoder": self.decoder.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer, _ in self.optimizers],
            "steps": self.steps,
            "done": done,
        }
        partial = file.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, file)

    @classmethod
    def load(
        cls, file: Path, shape: Shape, ends: list[int], device: torch.device, compiled: bool
    ) -> tuple["Training", int]:
        """The training as it was saved, and how many parts were done."""
        state = torch.load(file, map_location=device)
        if state["prompts"] != PROMPTS:
            raise SystemExit(f"{file} was trained on prompts of another form; remove its folder, or name another")
        decoder = Decoder(shape)
        decoder.load_state_dict(state["decoder"])
        training = cls(decoder, ends, device, compiled)
        for (optimizer, _), saved in zip(training.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        training.steps = state["steps"]
        return training, state["done"]


def keep_memory() -> None:
    """Starts again with an allocator that keeps what it has: giving large blocks back and taking them again at each
    step takes as long as the arithmetic."""
    settings = {"MALLOC_MMAP_THRESHOLD_": str(8 << 30), "MALLOC_TRIM_THRESHOLD_": str(16 << 30)}
    if settings.keys() - os.environ.keys():
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **settings})


if __name__ == "__main__":
    keep_memory()
    main()
