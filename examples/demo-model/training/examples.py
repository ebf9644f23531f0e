"""Examples from the generator beside this folder: what Conduit sends for a listing, and the right answer."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent
REPOSITORY = FOLDER.parent.parent
NODE = REPOSITORY / "node_modules" / ".bin" / "node"


class Generator:
    """A running generator; it works while the examples before are trained on."""

    def __init__(self, seed: int, count: int, least: int, most: int) -> None:
        if not NODE.exists():
            raise SystemExit(f"{NODE} is not there; run `npm run build` in {REPOSITORY} first, which installs it")
        options = {"seed": seed, "count": count, "least": least, "most": most}
        arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        command = [NODE, "--conditions=@conduit/source", "src/generate.ts", *arguments]
        self.process = subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        yield from map(json.loads, self.process.stdout)
        if self.process.wait() != 0:
            raise RuntimeError(f"the generator failed with exit code {self.process.returncode}")
