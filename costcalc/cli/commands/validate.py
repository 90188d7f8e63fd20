"""``costcalc validate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costcalc.cli import catalogue, streams
from costcalc.cli.command import ModelCommand, command
from costcalc.cli.result import Result
from costcalc.cli.rules import Excludes
from costcalc.errors import CheckFailed, CostcalcError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costcalc.measure.validate import Validation
    from costcalc.spec import ModelSpec

__all__ = ["validate"]


@command(ModelCommand, Excludes("--all", ("MODEL",), "--all validates every shipped model"))
def validate(named: catalogue.ModelsIfAny, all: catalogue.AllModels, result: catalogue.Format) -> None:
    """Build a torch module from each model's spec and compare costcalc's counts and shapes with it, layer by layer.

    No independent implementation of the model is involved. Runs at the knob defaults and at the examples in the spec
    or, if knobs are given, at these only. Each difference is printed with its place, and the exit status is 1.
    """
    from costcalc.spec import shipped_models

    settings: list[tuple[ModelSpec, Mapping[str, Any]]] = []
    for spec, knobs in named.chosen(default=shipped_models()):
        settings += [(spec, each) for each in ((knobs,) if knobs else ({}, *spec.examples))]

    from costcalc.inference import infer
    from costcalc.measure.validate import validate as compare

    done: list[Validation] = []
    try:
        for spec, values in settings:
            done.append(compare(infer(spec, values)))
            streams.tell(f"[{len(done)}/{len(settings)}] {spec.name}{_text(values)}: {_verdict(done[-1])}")
    except (KeyboardInterrupt, CostcalcError):
        if done:
            _deliver(result, done, len(settings))
        raise
    _deliver(result, done, len(settings))
    _judge(done)


def _text(knobs: Mapping[str, Any]) -> str:
    return "".join(f" {name}={shown(value)}" for name, value in knobs.items())


def _verdict(validation: Validation) -> str:
    from costcalc.measure.validate import MODULE

    count = len(validation.differences)
    if not count:
        return f"{validation.layers} layers, no difference from {MODULE}"
    return f"{count} difference{'s' if count > 1 else ''} from {MODULE}"


def _deliver(result: Result, done: Sequence[Validation], asked: int) -> None:
    """The comparisons and, where there are any, the differences: after the table, or inside the JSON's ``about``."""
    from costcalc.measure.validate import differences, summary

    table = summary(done)
    if len(done) < asked:
        stopped = f"Stopped after {len(done)} of {asked} settings."
        table = table._replace(notes=(*table.notes, stopped), about={**table.about, "done": len(done), "asked": asked})
    found = differences(done)
    if result.format == "json":
        result.table(table._replace(about={**table.about, "differences": found.rows}))
    elif found.rows and result.format != "csv":
        result.tables(table, found)
    else:
        result.table(table)


def _judge(done: Sequence[Validation]) -> None:
    for validation in done:
        for first in validation.differences[:1]:
            total = sum(len(each.differences) for each in done)
            values = f"{shown(first.costcalc)} by costcalc, {shown(first.other)} in torch"
            place = f"{validation.model}{_text(validation.knobs)}: {first.path}"
            raise CheckFailed(
                f"{total} difference{'s' if total > 1 else ''}, the first in {place}: {first.what}: {values}"
            )
