"""The examples of the README and of the pages in docs/: set-up lines, specs, commands and what they print.

``python -m tests.readme`` runs every command and writes what it prints into the pages; with names of files, into these.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")))
DATA = ROOT / "tests" / "data"
COLUMNS = "100"

FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!-- (?P<key>[\w-]+): (?P<value>\S+) -->\n\Z")


class Block(NamedTuple):
    """A fenced block: its language, its text, and the comment before it as a pair (``<!-- file: tiny.yaml -->``)."""

    language: str
    body: str
    mark: tuple[str, str] | None
    start: int


class Example(NamedTuple):
    """A command of a console block and what the README says it prints."""

    command: str
    output: str


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a Markdown document that name a language."""
    for fence in FENCE.finditer(text):
        comment = COMMENT.search(text, max(0, fence.start() - 200), fence.start())
        mark = (comment["key"], comment["value"]) if comment else None
        yield Block(fence["language"], fence["body"], mark, fence.start("body"))


def set_up_lines(text: str) -> dict[str, str]:
    """The blocks marked ``<!-- set-up: NAME -->``, by name."""
    return {block.mark[1]: block.body for block in blocks(text) if block.mark and block.mark[0] == "set-up"}


def files(text: str) -> dict[str, str]:
    """The blocks marked ``<!-- file: NAME -->``, by name."""
    return {block.mark[1]: block.body for block in blocks(text) if block.mark and block.mark[0] == "file"}


def fragments(text: str) -> list[Block]:
    """The specs that are shown without being a file that a command uses."""
    return [block for block in blocks(text) if block.language == "yaml" and not block.mark]


def programs(text: str) -> list[Block]:
    """The Python examples."""
    return [block for block in blocks(text) if block.language == "python"]


def examples(text: str) -> list[Example]:
    """The commands of all console blocks, in their order."""
    return [example for block in blocks(text) if block.language == "console" for example in _examples(block.body)]


def _examples(body: str) -> Iterable[Example]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield Example(command, output)


def write_files(text: str, folder: Path) -> None:
    """Put the files of the pages into ``folder``, and those of `DATA` that they name."""
    for name, body in files(text).items():
        (folder / name).write_text(body, encoding="utf-8")
    for file in DATA.iterdir():
        if file.name in text:
            shutil.copy(file, folder)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What ``command`` prints, on stdout and stderr together, in ``folder``; blanks at the ends of lines left out."""
    program, *arguments = shlex.split(command)
    assert program == "costcalc", f"an example runs costcalc, not {program}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("COSTCALC", "GITHUB_"))}
    environment |= {"COLUMNS": COLUMNS, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        [sys.executable, "-m", "costcalc", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    result.stdout = re.sub(r"[ \t]+$", "", result.stdout, flags=re.MULTILINE)
    return result


def everything() -> str:
    """The text of all pages, one after the other."""
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def rewritten(text: str) -> str:
    """``text`` with the output of every example as it is now; the files are those of all pages."""
    parts = []
    end = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(everything(), folder)
        for block in blocks(text):
            if block.language == "console":
                shown = "".join(f"$ {e.command}\n{run(e.command, folder).stdout}\n" for e in _examples(block.body))
                parts += [text[end : block.start], shown.removesuffix("\n")]
                end = block.start + len(block.body)
    return "".join([*parts, text[end:]])


if __name__ == "__main__":
    for page in [Path(name).resolve() for name in sys.argv[1:]] or PAGES:
        page.write_text(rewritten(page.read_text(encoding="utf-8")), encoding="utf-8")
