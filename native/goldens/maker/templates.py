"""Makes the template goldens: conversations as `apply_chat_template` renders them, at a fixed time."""

import datetime
from collections.abc import Collection
from pathlib import Path
from typing import Any
from unittest.mock import patch

import jinja2
from tokenizers import Tokenizer, models
from transformers import AutoTokenizer, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from . import conversations as talk
from .expressions import EXPRESSIONS
from .files import write_array, write_pretty

NOW = datetime.datetime(2026, 3, 7, 14, 5, 9)
TOOLS = [talk.LIST_FILES, talk.NO_ARGUMENTS]
# Content that is missing, or of a type that the template cannot take.
EXPECTED_FAILURES = {"silent", "silent, prompt", "attribute of undefined fails", "sum with undefined fails"}
SPECIAL_TOKENS = {
    "llama3": {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"},
    "mistral": {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"},
    "qwen2.5": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
    "gemma": {"bos_token": "<bos>", "eos_token": "<eos>"},
    "generation-tag": {"eos_token": "<|end|>"},
}


class FixedClock(datetime.datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
        return NOW


def rendering(name: str, messages: list[dict[str, Any]], prompt: bool = False, **more: Any) -> dict[str, Any]:
    """One row before it is rendered. `more` is `tools`, `continues`, or a variable of the template."""
    tools = {"tools": more.pop("tools")} if "tools" in more else {}
    continues = more.pop("continues", False)
    settings = {"add_generation_prompt": prompt, "continue_final_message": continues, "variables": more}
    return {"name": name, "messages": messages, **tools, **settings, "now": NOW.isoformat()}


def common() -> list[dict[str, Any]]:
    """What every template is given, whether it can render it or must refuse it."""
    plain = {
        "question": talk.QUESTION, "system": talk.WITH_SYSTEM, "turns": talk.TURNS, "answered": talk.ANSWERED, "unicode": talk.UNICODE,
        "spaced": talk.SPACED, "empty": talk.EMPTY, "injected": talk.INJECTED, "nulls": talk.NULLS, "two users": talk.TWO_USERS,
        "odd role": talk.ODD_ROLE, "reasoned": talk.REASONED, "silent": talk.SILENT,
    }  # fmt: skip
    rows = [rendering(name, messages) for name, messages in plain.items()]
    rows += [rendering(f"{name}, prompt", messages, True) for name, messages in plain.items()]
    rows.append(rendering("continued", talk.UNENDED, continues=True))
    rows.append(rendering("continued after a line", talk.UNENDED_TIGHT, continues=True))
    rows.append(rendering("continued reasoning", talk.REASONED, continues=True))
    rows.append(rendering("continued user", talk.QUESTION, continues=True))
    return rows


def with_tools(**variables: Any) -> list[dict[str, Any]]:
    talks = {
        "tools": talk.QUESTION, "tools and system": talk.WITH_SYSTEM, "tools and turns": talk.TURNS, "one call": talk.ONE_CALL,
        "call and answer": talk.CALL_AND_ANSWER, "nested call": talk.NESTED_CALL, "exponents in a call": talk.EXPONENT_CALL,
        "string call": talk.STRING_CALL, "two calls": talk.TWO_CALLS, "bad identifier": talk.BAD_IDENTIFIER,
    }  # fmt: skip
    suffix = "".join(f", {key} {value}" for key, value in variables.items())
    rows = [rendering(name + suffix, messages, True, tools=TOOLS, **variables) for name, messages in talks.items()]
    rows.append(rendering("call without tools" + suffix, talk.CALL_AND_ANSWER, True, **variables))
    rows.append(rendering("no tools in the list" + suffix, talk.QUESTION, True, tools=[], **variables))
    rows.append(rendering("tool object" + suffix, talk.TOOL_OBJECT, True, tools=TOOLS, **variables))
    return rows


def thinking() -> list[dict[str, Any]]:
    rows = []
    for enabled in (True, False):
        for name, messages in (("question", talk.QUESTION), ("reasoned", talk.REASONED), ("one call", talk.ONE_CALL)):
            rows.append(rendering(f"{name}, enable_thinking {enabled}", messages, True, enable_thinking=enabled))
        rows.append(rendering(f"no prompt, enable_thinking {enabled}", talk.TURNS, enable_thinking=enabled))
    return rows


def rows_of(name: str) -> list[dict[str, Any]]:
    match name:
        case "qwen3":
            return common() + with_tools() + thinking()
        case "llama3":
            dated = rendering("date given", talk.QUESTION, True, date_string="1 Jan 2000")
            alone = rendering("tools without a user", [talk.system("Alone.")], tools=TOOLS)
            custom = rendering("custom tools", talk.QUESTION, True, custom_tools=[talk.NO_ARGUMENTS])
            return common() + with_tools() + with_tools(tools_in_user_message=False) + [dated, alone, custom]
        case "mistral" | "qwen2.5":
            return common() + with_tools()
        case "gemma":
            return common() + [rendering("parts", talk.PARTS, True), rendering("part system", talk.PART_SYSTEM, True)]
        case _:
            return common()


def render(
    tokenizer: PreTrainedTokenizerBase, row: dict[str, Any], may_fail: Collection[str] = EXPECTED_FAILURES
) -> dict[str, str]:
    try:
        text = tokenizer.apply_chat_template(
            row["messages"],
            tools=row.get("tools"),
            tokenize=False,
            add_generation_prompt=row["add_generation_prompt"],
            continue_final_message=row["continue_final_message"],
            **({"chat_template": row["template"]} if "template" in row else {}),
            **row["variables"],
        )
        return {"rendered": text}
    except jinja2.TemplateSyntaxError:
        raise
    except jinja2.TemplateError as failure:
        # Only `raise_exception` raises this class itself; its subclasses are Jinja's own complaints.
        raised = type(failure) is jinja2.TemplateError
        return {"error": str(failure)} if raised else failed(row, failure, may_fail)
    except (TypeError, ValueError) as failure:
        return failed(row, failure, may_fail)


def failed(row: dict[str, Any], failure: Exception, may_fail: Collection[str]) -> dict[str, str]:
    """Failures that no template raised are few; each is named, so that a mistake in a template does not pass for one."""
    if row["name"] not in may_fail:
        raise RuntimeError(f"{row['name']} fails unexpectedly") from failure
    return {"error": ""}


def bare_tokenizer(template: str, special_tokens: dict[str, str]) -> PreTrainedTokenizerBase:
    """Templates see nothing of a tokenizer but its special tokens."""
    empty = Tokenizer(models.BPE())
    return PreTrainedTokenizerFast(tokenizer_object=empty, chat_template=template, **special_tokens)


def write_renderings(folder: Path, rows: list[dict[str, Any]], tokenizer: PreTrainedTokenizerBase) -> None:
    for row in rows:
        row |= render(tokenizer, row)
    assert len({row["name"] for row in rows}) == len(rows)
    write_pretty(folder / "special_tokens.json", dict(tokenizer.special_tokens_map))
    write_array(folder / "renderings.json", rows)
    raised = sum(1 for row in rows if row.get("error"))
    refused = sum(1 for row in rows if row.get("error") == "")
    print(f"{folder.name}: {len(rows)} renderings, {raised} raise, {refused} fail", flush=True)


def expression_rows() -> list[dict[str, Any]]:
    """Each feature of the template language has a template of its own, so that a failure names it."""
    rows = []
    for name, template in EXPRESSIONS.items():
        row = rendering(name, talk.VARIETY, tools=TOOLS[:1])
        rows.append({"name": row.pop("name"), "template": template, **row})
    return rows


def make_templates(source: Path, root: Path, qwen3: Path) -> None:
    """Reads the templates in `source` and writes beside copies of them in `root`, which may be the same folder."""
    with patch("transformers.utils.chat_template_utils.datetime", FixedClock):
        write_renderings(root / "qwen3", rows_of("qwen3"), AutoTokenizer.from_pretrained(qwen3))
        for name, tokens in SPECIAL_TOKENS.items():
            template = (source / name / "template.jinja").read_text(encoding="utf-8")
            write_renderings(root / name, rows_of(name), bare_tokenizer(template, tokens))
        write_renderings(root / "expressions", expression_rows(), bare_tokenizer("", {"eos_token": "</s>"}))
