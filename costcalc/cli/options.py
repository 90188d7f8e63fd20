"""The options that several commands share, and where a result goes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli import streams
from costcalc.cli.knobs import complete, complete_assignment
from costcalc.errors import UsageError, shown
from costcalc.outputs import FILES, FORMATS, SUFFIXES
from costcalc.words import DEVICES, one_of

if TYPE_CHECKING:
    from costcalc.outputs.terminal import Terminal
    from costcalc.table import Table

__all__ = [
    "BY",
    "Batch",
    "By",
    "CeilingsFile",
    "Checkpoint",
    "ConventionName",
    "Device",
    "Format",
    "Freeze",
    "Models",
    "Output",
    "Quiet",
    "Result",
    "ResultsFile",
    "RooflineFile",
    "Set",
    "Top",
    "at_least",
    "choose",
    "conventions",
    "metavar",
    "quietly",
    "words",
]

BY = ("stage", "layer", "type")


def words(*choices: str) -> Callable[[], list[str]]:
    """What completion offers for an option that is one of ``choices``."""
    return lambda: list(choices)


def metavar(choices: Sequence[str]) -> str:
    """How help shows the value of an option that is one of ``choices``."""
    return "|".join(choices)


Models = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="MODEL",
        autocompletion=complete,
        help="A shipped model or the path of a YAML file, with knobs of its own as mobilenetv2:alpha=0.5. "
        "With --help, its knobs are listed.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KNOB=VALUE",
        autocompletion=complete_assignment,
        help="Set a knob, as --KNOB VALUE does; for a knob that is called like an option.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar=metavar(FILES),
        autocompletion=words(*FILES),
        help="The form of the result; by default what the name of the output file asks for, else a table.",
    ),
]
Output = Annotated[
    str | None, typer.Option("--output", metavar="FILE", help="Write the result to this file, whole or not at all.")
]
By = Annotated[
    str | None,
    typer.Option(
        "--by", metavar=metavar(BY), autocompletion=words(*BY), help="What a row of the table is; stage by default."
    ),
]
Top = Annotated[
    str | None,
    typer.Option("--top", metavar="N", help="Only the N most expensive rows, the greatest first, and the rest in one."),
]


def conventions() -> list[str]:
    """The names of all conventions, for completion."""
    from costcalc.conventions import CONVENTIONS

    return list(CONVENTIONS)


ConventionName = Annotated[
    str | None,
    typer.Option(
        "--convention",
        metavar="NAME",
        autocompletion=conventions,
        help="Count as another tool does: fvcore, torch, ptflops, ptflops-aten, thop, torchinfo; parameters also as "
        "keras or tf-slim.",
    ),
]
Batch = Annotated[str | None, typer.Option("--batch", metavar="N", help="Count for N images; 1 by default.")]
Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar=metavar(DEVICES),
        autocompletion=words(*DEVICES),
        help="The device; cpu by default.",
    ),
]
CeilingsFile = Annotated[
    str | None,
    typer.Option(
        "--ceilings", metavar="FILE", help="The ceilings of a machine; by default those that costcalc roofline kept."
    ),
]
ResultsFile = Annotated[
    str | None,
    typer.Option("--results", metavar="FILE", help="What costcalc bench --results FILE measured, for the roofline."),
]
RooflineFile = Annotated[
    str | None,
    typer.Option("--ceilings", metavar="FILE", help="What costcalc roofline --save FILE measured on the same machine."),
]
Freeze = Annotated[
    list[str] | None,
    typer.Option(
        "--freeze",
        metavar="PATTERN",
        help="Layers that are not trained: a path, a block, or a pattern such as 'stage[1-3]'; may be repeated.",
    ),
]
Checkpoint = Annotated[
    bool,
    typer.Option(
        "--checkpoint", help="Gradient checkpointing: each stage that a gradient goes through is computed once more."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print the bare integer and nothing else, a line for each model.")]


def choose(option: str, value: str, choices: Iterable[str]) -> str:
    """``value``, if it is one of ``choices``. Raises UsageError naming the nearest."""
    return one_of(option, value, choices)


def at_least(option: str, text: str | None, least: int) -> int | None:
    """The whole number that ``text`` says, None for None. Raises UsageError for anything else."""
    if text is None:
        return None
    digits = text.isascii() and text.isdigit()
    if digits and len(text) > 18:
        raise UsageError(f"{option} {shown(text)}: must have 18 digits at most")
    if not digits or int(text) < least:
        raise UsageError(f"{option} {shown(text)}: must be a whole number of at least {least}")
    return int(text)


def quietly(**others: object) -> None:
    """Refuse the options beside ``--quiet`` that say how a table looks. Raises UsageError."""
    for name, value in others.items():
        if value is not None:
            raise UsageError(f"--quiet prints bare integers: it cannot be combined with --{name}")


class Result:
    """Where the result of a command goes, and in which form: checked before the work is done.

    Raises UsageError for a form that is not one of ``formats``. The first of them is the default.
    """

    def __init__(self, format: str | None, output: str | None, formats: Sequence[str] = FILES) -> None:
        if format is None:
            asked = SUFFIXES.get(os.path.splitext(output or "")[1].lower(), formats[0])
            self.format = asked if asked in formats else formats[0]
        else:
            self.format = choose("--format", format, formats)
        self.output = output
        if self.format in FILES and self.format not in FORMATS and output is None:
            raise UsageError(f"--format {self.format} is no text and needs a file", hint=f"--output FILE.{self.format}")

    def table(self, table: Table) -> None:
        """Deliver ``table`` in the form that was asked for."""
        self.tables(table)

    def tables(self, *tables: Table) -> None:
        """Deliver several tables, one below the other: a table or Markdown for people."""
        from costcalc.outputs import render

        if self.format == "parquet":
            from costcalc.outputs import parquet

            if len(tables) > 1:
                raise UsageError(f"a parquet file holds one table, and this would be {len(tables)}")
            self.file(parquet.render(tables[0]))
        elif self.format == "table":
            from costcalc.outputs import terminal

            self.text("\n".join(terminal.render(table, self.terminal()) for table in tables))
        else:
            self.text("\n".join(render(table, self.format) for table in tables))

    def terminal(self) -> Terminal:
        """What the result is shown on; a file is as wide as it needs."""
        from costcalc.outputs.terminal import PLAIN

        return streams.terminal() if self.output is None else PLAIN

    def text(self, text: str) -> None:
        """Deliver ``text``."""
        if self.output is None:
            streams.say(text)
        else:
            self.file(text)

    def document(self, content: str | bytes) -> None:
        """Deliver a page or a picture: to stdout, or to the file that was asked for, whose name stderr then says."""
        if self.output is None and isinstance(content, str):
            streams.say(content)
        else:
            self.file(content)
            streams.tell(f"wrote {shown(self.output, 200)}")

    def file(self, content: str | bytes) -> None:
        """Deliver ``content`` to the file that was asked for."""
        from costcalc.outputs.file import write

        assert self.output is not None
        write(content, self.output)
