"""What a benchmark is to measure, from the command line or from the header of a results file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.cli import options
from costcalc.errors import CostcalcError, UsageError, shown

if TYPE_CHECKING:
    from costcalc.cli.knobs import Choice
    from costcalc.device.results import Ceilings, Cell, Environment, Policy, Results
    from costcalc.graph import Graph
    from costcalc.spec import ModelSpec

__all__ = [
    "FIGURE",
    "RESOLUTIONS",
    "Wanted",
    "ceilings_file",
    "cells",
    "graphs_of",
    "policy",
    "split",
    "usable",
    "whole_numbers",
]

FIGURE = ("resnet50", "mobilenetv2", "mobilenetv2-replicate-b")
"""The models of Mehta 2018, Figure 6."""

RESOLUTIONS = (128, 224)
QUICK_RESOLUTIONS = (128,)


class Wanted(NamedTuple):
    """Every combination of these is a cell, for each model."""

    resolutions: Sequence[int] | None
    batches: Sequence[int]
    dtypes: Sequence[str]
    modes: Sequence[str]
    layout: str
    works: Sequence[str]


def split(option: str, text: str, choices: Sequence[str]) -> list[str]:
    """The words of a list such as ``fp32,fp16``. Raises UsageError for one that is unknown, or there twice."""
    words = [options.choose(option, word.strip(), choices) for word in text.split(",")]
    _once(option, words)
    return words


def whole_numbers(option: str, text: str) -> list[int]:
    """The numbers of a list such as ``1,8,32``. Raises UsageError for one that is none, or there twice."""
    numbers = [options.at_least(option, word.strip(), 1) or 1 for word in text.split(",")]
    _once(option, numbers)
    return numbers


def _once(option: str, values: Sequence[object]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise UsageError(f"{option} has {value} twice")


def policy(quick: bool) -> Policy:
    """How often each cell is timed: until its interval is narrow, or for a look."""
    from costcalc.device.results import Policy
    from costcalc.device.results.statistics import CONFIDENCE

    if quick:
        return Policy(least=6, most=6, spread=0.02, slot=0.01, confidence=CONFIDENCE, seconds=8.0)
    return Policy(least=9, most=25, spread=0.02, slot=0.2, confidence=CONFIDENCE)


def cells(choices: Sequence[Choice], wanted: Wanted) -> tuple[list[Cell], list[Graph]]:
    """The cells and the graph of each. Models follow each other closest, for they are what is compared.

    Raises UsageError for a model that has no knob ``resolution`` where some are asked for.
    """
    from costcalc.device.results import Cell
    from costcalc.device.results.digest import digest
    from costcalc.inference import infer

    found: list[Cell] = []
    graphs: list[Graph] = []
    known: dict[tuple[str, Any], Graph] = {}
    combinations = product(wanted.resolutions or (None,), wanted.batches, wanted.dtypes, wanted.modes, wanted.works)
    for resolution, batch, dtype, mode, work in combinations:
        for choice in choices:
            if work == "layers" and mode != "eager":
                continue
            key = (choice.model.name, resolution)
            if key not in known:
                known[key] = infer(choice.model, _knobs(choice, resolution))
            graph = known[key]
            found.append(
                Cell(
                    model=graph.name,
                    knobs=dict(graph.knobs),
                    graph=digest(graph),
                    batch=batch,
                    dtype=dtype,
                    mode=mode,
                    layout=wanted.layout,
                    work=work,
                )
            )
            graphs.append(graph)
    return found, graphs


def _knobs(choice: Choice, resolution: int | None) -> Mapping[str, Any]:
    if resolution is None:
        return choice.knobs
    if "resolution" not in choice.model.knobs:
        known = f"its knobs: {', '.join(choice.model.knobs) or 'none'}"
        raise UsageError(f"{shown(choice.model.name)} has no knob resolution", hint=known)
    return {**choice.knobs, "resolution": choice.model.knobs["resolution"].parse(str(resolution))}


def graphs_of(results: Results) -> tuple[dict[int, Graph], list[str]]:
    """The graphs of the cells of ``results``, by number, and why some are missing: specs that are gone or changed."""
    from costcalc.device.results.digest import digest
    from costcalc.inference import infer

    files = {subject.name: subject.file for subject in results.header.subjects}
    models: dict[str, ModelSpec | CostcalcError] = {}
    found: dict[int, Graph] = {}
    reasons: dict[str, None] = {}
    for index, cell in enumerate(results.cells):
        name = cell.model
        if name not in models:
            models[name] = _loaded(name, files.get(name, name))
        model = models[name]
        try:
            if isinstance(model, CostcalcError):
                raise model
            graph = infer(model, cell.knobs)
        except CostcalcError as error:
            reasons[f"{name}: {error}"] = None
            continue
        if digest(graph) == cell.graph:
            found[index] = graph
        else:
            reasons[f"{name}: its spec has changed since"] = None
    return found, list(reasons)


def _loaded(name: str, file: str) -> ModelSpec | CostcalcError:
    """The model in ``file``, or the shipped one; ``name`` may bring knobs, as in ``mobilenetv2:alpha=0.5``."""
    from costcalc.spec import load
    from costcalc.spec.shipped import shipped_file

    try:
        shipped = name.partition(":")[0]
        return load(shipped) if file == shipped_file("models", shipped)[1] else load(file)
    except CostcalcError as error:
        return error


def ceilings_file(device: str) -> str:
    """Where the ceilings of a device are kept, in the user's own folder for settings."""
    import typer

    return os.path.join(typer.get_app_dir("costcalc"), f"ceilings-{device}.json")


def usable(file: str | None, environment: Environment) -> tuple[Ceilings | None, str | None]:
    """The ceilings to hold times of ``environment`` against, and why there are none.

    Those in ``file``, or else those that are kept for the device. Raises CostcalcError where ``file`` cannot be read or
    is of another machine.
    """
    from costcalc.device.results import read_ceilings

    kept = file is None
    if file is None:
        file = ceilings_file(environment.device)
        if not os.path.exists(file):
            return None, "No ceilings: costcalc roofline measures them, and floors and shares are shown then."
    try:
        found = read_ceilings(file)
        if not found.environment.same_machine(environment):
            there, here = found.environment.hardware, environment.hardware
            raise UsageError(f"these are the ceilings of {there}, and the times are of {here}", file=file)
    except CostcalcError as error:
        if not kept:
            raise
        return None, f"No ceilings: {error}."
    return found, None
