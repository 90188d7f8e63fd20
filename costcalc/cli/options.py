"""The options that several commands share, and where a result goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

import typer

from costcalc.cli.knobs import complete, complete_assignment
from costcalc.cli.result import Result
from costcalc.errors import UsageError, shown
from costcalc.outputs import FILES
from costcalc.words import DEVICES, one_of

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
