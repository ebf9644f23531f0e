"""Writes files so that the same content always gives the same bytes."""

import json
from pathlib import Path
from typing import Any


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write_object(path: Path, value: dict[str, Any]) -> None:
    """One line per top-level key: readable in a diff, and small although it holds long lists of ids."""
    lines = (f"  {compact(key)}: {compact(item)}" for key, item in value.items())
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


def write_array(path: Path, values: list[Any]) -> None:
    """One line per element."""
    write_text(path, "[\n" + ",\n".join(compact(value) for value in values) + "\n]\n")


def write_lines(path: Path, values: list[Any]) -> None:
    """JSON Lines."""
    write_text(path, "".join(compact(value) + "\n" for value in values))


def write_pretty(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")
