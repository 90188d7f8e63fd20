"""The options of a training step, which ``memory --training`` and ``fits`` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli import options
from costcalc.errors import UsageError
from costcalc.words import OPTIMIZERS

if TYPE_CHECKING:
    from costcalc.cli.knobs import Choice
    from costcalc.memory.training import Training

__all__ = ["Autocast", "FormulaName", "OptimizerName", "deliver", "refuse_apart", "step"]


def formulas() -> list[str]:
    """The documents that give a formula, for completion."""
    from costcalc.audit.formulas import shipped_formulas

    return shipped_formulas()


OptimizerName = Annotated[
    str | None,
    typer.Option(
        "--optimizer",
        metavar=options.metavar(OPTIMIZERS),
        autocompletion=options.words(*OPTIMIZERS),
        help="The optimizer of the training; sgd by default.",
    ),
]
Autocast = Annotated[
    bool, typer.Option("--autocast", help="Train with torch's automatic mixed precision, in bfloat16.")
]
FormulaName = Annotated[
    str | None,
    typer.Option(
        "--formula",
        metavar="DOCUMENT",
        autocompletion=formulas,
        help="With --training: the formula of a document, such as dominguez-same-but-better, beside.",
    ),
]


def refuse_apart(training: bool, train: Mapping[str, object], other: Mapping[str, object]) -> None:
    """Raise UsageError for one of the options ``train`` without ``training``, or one of ``other`` with it."""
    for name, value in train.items():
        if value not in (None, False) and not training:
            raise UsageError(f"{name} requires --training")
    for name, value in other.items():
        if value not in (None, False) and training:
            raise UsageError(f"{name} is an inference option: it cannot be combined with --training")


def step(*, batch: int, optimizer: str | None, type: str | None, autocast: bool, checkpoint: bool) -> Training:
    """The training that the options ask for. Raises UsageError for one that cannot be."""
    from costcalc.memory.training import Training

    if autocast and type is not None:
        raise UsageError(f"--autocast is a type of its own: leave out either it or {type}")
    named = "sgd" if optimizer is None else options.choose("--optimizer", optimizer, OPTIMIZERS)
    return Training(batch, named, "autocast" if autocast else type or "fp32", checkpoint)


def deliver(result: options.Result, models: Sequence[Choice], training: Training, formula: str | None) -> None:
    """The table of ``memory --training``. Raises UsageError for a document that gives no ``formula``."""
    if formula is not None:
        options.choose("--formula", formula, formulas())
    from costcalc.inference import infer
    from costcalc.memory.training import training_table

    graphs = [infer(each.model, each.knobs) for each in models]
    other = None
    if formula is not None:
        from costcalc.audit.formulas import beside

        other = beside(formula, graphs)
    result.table(training_table(graphs, training, beside=other))
