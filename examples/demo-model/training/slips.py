"""Answers in which some names are wrong, as a model may get them wrong."""

import json
import random

SHARE = 0.15


def answer_with_slips(answer: str, slips: random.Random) -> tuple[str, list[tuple[int, int]]]:
    """The answer with other names in some places, and where they stand: the first character of each, and the quote
    behind it."""
    files = json.loads(answer)["files"]
    text, stretches = '{"files":[', []
    for index, file in enumerate(files):
        slipped = slips.random() < SHARE
        name = written(slip(file["name"], slips.choice(files)["name"], slips) if slipped else file["name"])
        text += ("," if index > 0 else "") + '{"name":"'
        if slipped:
            stretches.append((len(text), len(text) + len(name)))
        text += f'{name}","bytes":{file["bytes"]},"dateModified":"{written(file["dateModified"])}"}}'
    return text + "]}", stretches


def written(text: str) -> str:
    """As JSON has it, without the quotes."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def slip(name: str, other: str, slips: random.Random) -> str:
    """The name with a piece left out or repeated, or gone on with as another; or the other name itself."""
    start = slips.randint(0, len(name))
    end = slips.randint(start, min(len(name), start + 12))
    match slips.randrange(4):
        case 0:
            return name[:start] + name[end:]
        case 1:
            return name[:end] + name[start:]
        case 2:
            return name[:start] + other[slips.randint(0, len(other)) :]
        case _:
            return other
