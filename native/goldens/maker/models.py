"""Makes the model cases: the folder, its expected outputs, and the proof that every feature shows."""

import json
import random
import re
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from .files import write_object, write_pretty
from .family_cases import FAMILY_CASES
from .mixture_cases import MIXTURE_CASES
from .mixtures import LEAST_MARGIN as LEAST_ROUTER_MARGIN
from .mixtures import Mixture
from .model_cases import CASES, VOCAB_SIZE, Case
from .model_tokenizers import ROLES, write_tokenizer
from .model_weights import make_weights
from .reference import LONGEST_SEQUENCE, Decoder, Weights, faults_of, relative_differences
from .rope import rope_of
from .shape import Shape

SEQUENCE_LENGTH = 101
PROMPT_LENGTHS = [1, 38, SEQUENCE_LENGTH]
NEW_TOKENS = 40
LEAST_SENSITIVITY = 0.05
LEAST_MARGIN = 0.002
GREATEST_ENTROPY = 0.62
# What transformers itself loses in the stored dtype leaves room below the bar of 1e-2.
GREATEST_OWN_DTYPE_DIFFERENCE = 0.009
LEAST_DISTINCT_TOKENS = 10
MESSAGES = [
    {"role": "user", "content": "Où est le chien? 🐕"},
    {"role": "assistant", "content": "In the garden."},
    {"role": "user", "content": "List\tthe files,\n  please."},
]


class Unsuitable(Exception):
    """This seed gives a golden that would not catch every fault; the next one is tried."""


def save_weights(case: Case, weights: Weights, folder: Path) -> None:
    metadata = {"format": "pt"}
    if case.has_stray_inverse_frequencies:
        stray = torch.ones(Shape.of(case.config).head_dim // 2)
        names = (f"model.layers.{layer}.self_attn.rotary_emb.inv_freq" for layer in range(Shape.of(case.config).layers))
        weights = {**weights, **{name: stray.clone() for name in names}}
    weights = {re.sub("^model[.]", case.prefix, name): tensor for name, tensor in weights.items()}
    weights |= {name: torch.ones(8, dtype=getattr(torch, case.dtype)) for name in case.other_tensors}
    mixture = Mixture.of(case.config)
    if case.has_fused_experts and mixture:
        weights = mixture.fused(weights)
    if case.shards == 1:
        save_file(weights, folder / "model.safetensors", metadata)
        return
    names = sorted(weights)
    step = -(-len(names) // case.shards)
    weight_map: dict[str, str] = {}
    for index in range(case.shards):
        file = f"model-{index + 1:05}-of-{case.shards:05}.safetensors"
        part = names[index * step : (index + 1) * step]
        save_file({name: weights[name] for name in part}, folder / file, metadata)
        weight_map |= dict.fromkeys(part, file)
    total = sum(tensor.numel() * tensor.element_size() for tensor in weights.values())
    write_pretty(folder / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": weight_map})


def special_ids(case: Case, tokenizer: Tokenizer) -> dict[str, int]:
    roles = ROLES[case.family]
    return {f"{role}_id": tokenizer.token_to_id(token) for role, token in roles.items() if token is not None}


def load(folder: Path, dtype: torch.dtype, length: int | None = LONGEST_SEQUENCE) -> Any:
    """The model of `transformers`. `length` is the sequence that scaling which depends on it is chosen for; `None` leaves it to
    each pass to choose anew, and so to rotate by other angles than those of the keys that are cached."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="eager").eval()
    for module in model.modules():
        if length is not None and getattr(module, "rope_type", None) in ("dynamic", "longrope"):
            inverse, _ = ROPE_INIT_FUNCTIONS[module.rope_type](module.config, torch.device("cpu"), seq_len=length)
            module.inv_freq.copy_(inverse)
            module.rope_type = "default"
        if hasattr(module, "embed_scale"):
            module.embed_scale.copy_(module.embed_scale.to(stored_dtype(folder)))
    return model


def stored_dtype(folder: Path) -> torch.dtype:
    config = json.loads((folder / "config.json").read_text())
    return getattr(torch, config.get("dtype") or config["torch_dtype"])


@torch.no_grad()
def logits_of(model: Any, ids: list[int]) -> torch.Tensor:
    return model(torch.tensor([ids])).logits[0].float()


def greedy_continuation(model: Any, ids: list[int], prompt_length: int) -> dict[str, Any]:
    endless = GenerationConfig(do_sample=False, max_new_tokens=NEW_TOKENS, eos_token_id=None, pad_token_id=0)
    prompt = torch.tensor([ids[:prompt_length]])
    output = model.generate(prompt, attention_mask=torch.ones_like(prompt), generation_config=endless)[0]
    tokens = output[prompt_length:].tolist()
    rows = logits_of(model, output[:-1].tolist())[prompt_length - 1 :]
    if rows.argmax(-1).tolist() != tokens:
        raise Unsuitable("the cached and the uncached continuation differ")
    best = rows.topk(2).values
    margin = ((best[:, 0] - best[:, 1]) / rows.pow(2).mean(-1).sqrt()).min().item()
    if margin < LEAST_MARGIN:
        raise Unsuitable(f"margin {margin:.5f}")
    if len(set(tokens)) < LEAST_DISTINCT_TOKENS:
        raise Unsuitable(f"only {len(set(tokens))} distinct tokens")
    if max(tokens) >= VOCAB_SIZE:
        raise Unsuitable("a padding row wins")
    return {"prompt_length": prompt_length, "tokens": tokens, "min_margin": round(margin, 5)}


def generation_config(case: Case, ids: dict[str, int], greedy: list[dict[str, Any]]) -> dict[str, Any]:
    end = ids["eos_token_id"]
    if case.stops_early:
        # The second end is a token that the longest prompt's continuation reaches for the first time half-way.
        tokens = greedy[-1]["tokens"]
        late = [token for index, token in enumerate(tokens) if 12 <= index <= 30 and token not in tokens[:index]]
        if not late:
            raise Unsuitable("no token that comes late")
        return {**ids, **case.generation, "eos_token_id": [end, late[0], ids["pad_token_id"]]}
    return {**ids, **case.generation, "eos_token_id": end}


def until_eos(model: Any, ids: list[int]) -> dict[str, Any]:
    prompt = torch.tensor([ids])
    settings = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None, "max_new_tokens": NEW_TOKENS}
    output = model.generate(prompt, attention_mask=torch.ones_like(prompt), **settings)[0]
    tokens = output[len(ids) :].tolist()
    ends = model.generation_config.eos_token_id
    stopped = tokens[-1] in (ends if isinstance(ends, list) else [ends])
    reason = "stop" if stopped else "length"
    return {"prompt_length": len(ids), "max_new_tokens": NEW_TOKENS, "tokens": tokens, "finish_reason": reason}


def chat_of(folder: Path, tokenizer: Tokenizer) -> dict[str, Any]:
    chat_tokenizer = AutoTokenizer.from_pretrained(folder)
    rendered = chat_tokenizer.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True)
    ids = tokenizer.encode(rendered, add_special_tokens=False).ids
    assert ids == chat_tokenizer.apply_chat_template(MESSAGES, add_generation_prompt=True)["input_ids"]
    return {"messages": MESSAGES, "add_generation_prompt": True, "rendered": rendered, "input_ids": ids}


def check_router(case: Case, weights: Weights, ids: list[int]) -> None:
    """Roundings must not send a position to another expert."""
    if Mixture.of(case.config) is None:
        return
    decoder = Decoder(case.config, {name: tensor.float() for name, tensor in weights.items()})
    decoder.logits(ids)
    for margin in decoder.router_margins:
        if margin < LEAST_ROUTER_MARGIN[case.dtype]:
            raise Unsuitable(f"a router's margin is {margin:.5f}")


def sensitivities(
    case: Case, weights: Weights, ids: list[int], expected: torch.Tensor
) -> tuple[dict[str, float], float]:
    """How far each planted fault moves the logits, and how sharp the attention is."""
    wide = {name: tensor.float() for name, tensor in weights.items()}
    sound = Decoder(case.config, wide)
    agreement = relative_differences(sound.logits(ids), expected).max().item()
    assert agreement < 2e-5, f"{case.name}: the reference decoder differs from transformers by {agreement}"
    entropy = sum(sound.entropies) / len(sound.entropies)
    if entropy > GREATEST_ENTROPY:
        raise Unsuitable(f"attention entropy {entropy:.2f}")
    found = {}
    for fault in faults_of(case.config, weights):
        moved = relative_differences(Decoder(case.config, wide, fault).logits(ids), expected).max().item()
        if not moved > LEAST_SENSITIVITY:
            raise Unsuitable(f"fault {fault} moves the logits by {moved:.4f} only")
        found[fault] = round(moved, 3)
    return found, round(entropy, 3)


def own_dtype_difference(case: Case, folder: Path, ids: list[int], expected: torch.Tensor) -> dict[str, Any]:
    if case.dtype == "float32":
        return {}
    moved = relative_differences(logits_of(load(folder, getattr(torch, case.dtype)), ids), expected)
    if moved.max().item() > GREATEST_OWN_DTYPE_DIFFERENCE:
        raise Unsuitable(f"{case.dtype} arithmetic moves the logits by {moved.max().item():.4f}")
    difference = {"max": round(moved.max().item(), 5), "mean": round(moved.mean().item(), 5)}
    return {"own_dtype_relative_difference": difference}


def depends_on_length(case: Case) -> bool:
    return rope_of(case.config)["rope_type"] in ("dynamic", "longrope")


def make_case(case: Case, folder: Path, seed: int) -> dict[str, Any]:
    source = random.Random(f"{case.name} {seed}")
    ids = [source.randrange(VOCAB_SIZE) for _ in range(SEQUENCE_LENGTH)]
    weights = make_weights(case, seed, ids)
    check_router(case, weights, ids)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    tokenizer = write_tokenizer(case.family, folder)
    ids_of_roles = special_ids(case, tokenizer)
    write_pretty(folder / "config.json", {**case.config, **ids_of_roles})
    save_weights(case, weights, folder)

    model = load(folder, torch.float32)
    logits = logits_of(model, ids)
    sensitivity, entropy = sensitivities(case, weights, ids, logits)
    own_dtype = own_dtype_difference(case, folder, ids, logits)
    greedy = [greedy_continuation(model, ids, length) for length in PROMPT_LENGTHS]
    # What each pass chooses for itself is the same where it sees the longest sequence at once.
    longest = ids + greedy[-1]["tokens"]
    chosen = logits_of(load(folder, torch.float32, None), longest)[: len(ids)]
    assert len(longest) == LONGEST_SEQUENCE and relative_differences(chosen, logits).max() < 2e-5
    write_pretty(folder / "generation_config.json", generation_config(case, ids_of_roles, greedy))

    save_file({"logits": logits.contiguous()}, folder / "expected.safetensors")
    expected = {
        "description": case.description,
        "features": case.features,
        "dtype": case.dtype,
        "seed": seed,
        **({"max_model_len": LONGEST_SEQUENCE} if depends_on_length(case) else {}),
        "input_ids": ids,
        "greedy": greedy,
        "until_eos": until_eos(load(folder, torch.float32), ids),
        "chat": chat_of(folder, tokenizer),
        "sensitivity": sensitivity,
        **own_dtype,
        "mean_attention_entropy": entropy,
    }
    reason = "stop" if case.stops_early else "length"
    if expected["until_eos"]["finish_reason"] != reason:
        raise Unsuitable("the continuation does not end as the case wants")
    write_object(folder / "expected.json", expected)
    return expected


def make_models(root: Path, only_case: str | None = None) -> None:
    warnings.filterwarnings("ignore")
    for case in (*CASES, *FAMILY_CASES, *MIXTURE_CASES):
        if only_case not in (None, case.name):
            continue
        original = rope_of(case.config).get("original_max_position_embeddings", 0)
        assert original > LONGEST_SEQUENCE if case.stays_within_original else SEQUENCE_LENGTH > original
        for seed in range(1, 400):
            try:
                expected = make_case(case, root / case.name, seed)
            except Unsuitable as reason:
                print(f"{case.name} seed {seed}: {reason}", flush=True)
                continue
            size = sum(file.stat().st_size for file in (root / case.name).iterdir())
            least = min(expected["sensitivity"].items(), key=lambda item: item[1])
            print(f"{case.name}: seed {seed}, {size} bytes, least sensitivity {least}", flush=True)
            break
        else:
            raise RuntimeError(f"{case.name}: no seed gives a suitable golden")
