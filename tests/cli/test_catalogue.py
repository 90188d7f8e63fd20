"""The catalogue of options: what an entry brings to a command that names it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path

import pytest

from costcalc.cli import catalogue, commands
from costcalc.cli.app import names
from costcalc.cli.declaration import Option
from tests.cli.runner import ROOT, python, refused, run

ENTRY = """
from typing import Annotated
from costcalc.cli import catalogue, commands
from costcalc.cli.declaration import Word

catalogue.Colour = Annotated[str, Word("--colour", ("red", "green"), "The colour of the paint.", default="red")]
commands.__path__.append({folder!r})
"""
"""A new option in the catalogue, and a folder in which there is one more command."""

COMMAND = '''
"""``costcalc paint``."""

from costcalc.cli import catalogue, streams
from costcalc.cli.command import PlainCommand, command
from costcalc.cli.rules import Excludes, Requires


@command(
    PlainCommand,
    Excludes("--colour", ("--quiet",), "it is loud"),
    Requires(("--top",), ("--colour green",)),
)
def paint(colour: catalogue.Colour, top: catalogue.Top, quiet: catalogue.Quiet) -> None:
    """Paint."""
    streams.say(f"{colour} {top} {quiet}\\n")
'''


@pytest.fixture
def paint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The command with its option; the file that adds them to another process."""
    folder = tmp_path / "commands"
    folder.mkdir()
    (folder / "paint.py").write_text(COMMAND, encoding="utf-8")
    (tmp_path / "entry.py").write_text(ENTRY.format(folder=str(folder)), encoding="utf-8")
    monkeypatch.setattr(commands, "__path__", [*commands.__path__])
    run_path(str(tmp_path / "entry.py"))
    yield str(tmp_path / "entry.py")
    del catalogue.Colour  # type: ignore[attr-defined]
    sys.modules.pop("costcalc.cli.commands.paint", None)


def test_a_new_option_is_an_entry_and_its_name_in_a_command(paint: str) -> None:
    """It is read, has a default, stands in help, and names the nearest choice; rules know it."""
    assert run("paint").out == "red None False\n"
    assert run("paint", "--colour", "green", "--top", "3").out == "green 3 False\n"
    words = " ".join(re.sub("[^\\w|.;-]", " ", run("paint", "--help").out).split())
    assert "--colour red|green The colour of the paint; red by default." in words
    assert refused("paint", "--colour", "gren") == "--colour gren: must be one of red, green (did you mean green?)"
    assert refused("paint", "--colour", "red", "--quiet") == "--colour cannot be combined with --quiet (it is loud)"
    assert refused("paint", "--top", "3") == "--top requires --colour green"
    assert run("paint", "--quiet").out == "red None True\n"
    assert refused("params", "lenet5", "--colour", "red") == "params has no --colour (paint has)"


@pytest.mark.parametrize(("line", "offered"), [("paint --co", "--colour"), ("paint --colour g", "green")])
def test_a_new_option_is_completed(paint: str, line: str, offered: str) -> None:
    """By its name and, after it, its choices."""
    words = ["costcalc", *line.split()]
    asked = {"_COSTCALC_COMPLETE": "complete_bash", "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    code = f"import os, runpy\nfrom costcalc.cli import main\nrunpy.run_path({paint!r})\n"
    assert python(f"{code}os.environ.update({asked!r})\nmain([])\n").split() == [offered]


def test_the_commands_take_every_option_from_the_catalogue() -> None:
    """None declares its own: neither typer's declarations nor the kinds of ours are in the command files."""
    for name in names():
        text = (ROOT / "costcalc" / "cli" / "commands" / f"{name}.py").read_text(encoding="utf-8")
        assert not re.search(r"typer\.(Option|Argument)|cli\.declaration", text), name


def test_every_entry_is_named_by_a_command() -> None:
    """Nothing is in the catalogue that nobody can give; --set, --strict and --output come with the kind of command."""
    folder = ROOT / "costcalc" / "cli"
    text = "".join(path.read_text(encoding="utf-8") for path in [*folder.glob("commands/*.py"), folder / "command.py"])
    entries = [
        name
        for name, value in vars(catalogue).items()
        if any(isinstance(each, Option) for each in getattr(value, "__metadata__", ()))
    ]
    assert len(entries) > 80
    assert [name for name in entries if not re.search(rf"catalogue\.{name}\b", text)] == []
