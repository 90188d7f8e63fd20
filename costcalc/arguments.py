"""Checks the arguments of the public functions: a wrong one raises a UsageError, not a TypeError from deep inside."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import wraps
from operator import index
from types import FunctionType
from typing import Any, NamedTuple

from costcalc.errors import UsageError, shown

__all__ = ["ARGUMENTS", "Argument", "checked"]


class Argument(NamedTuple):
    """What a parameter takes: ``wanted`` in words, and whether it ``accepts`` a value."""

    wanted: str
    accepts: Callable[[Any], bool]


def checked(function: FunctionType) -> Callable[..., Any]:
    """``function``, which raises UsageError for an argument that its parameter in `ARGUMENTS` does not accept.

    A parameter's own default is always accepted.
    """
    positional = function.__code__.co_varnames[: function.__code__.co_argcount]
    trailing = function.__defaults__ or ()
    defaults = {**dict(zip(positional[::-1], trailing[::-1], strict=False)), **(function.__kwdefaults__ or {})}

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        for name, value in (*zip(positional, args, strict=False), *kwargs.items()):
            argument = ARGUMENTS.get(f"{function.__name__}.{name}") or ARGUMENTS.get(name)
            is_default = name in defaults and value is defaults[name]
            if argument is not None and not is_default and not argument.accepts(value):
                raise UsageError(f"{function.__name__}: {name} = {shown(value)}: must be {argument.wanted}")
        return function(*args, **kwargs)

    call.__module__ = "costcalc"  # where pickle finds it, as a pool of processes asks
    return call


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_path(value: Any) -> bool:
    return isinstance(value, str | os.PathLike) and isinstance(os.fspath(value), str)


def _is_whole(value: Any) -> bool:
    """Is it an int, Python's or numpy's?"""
    try:
        index(value)
    except TypeError:
        return False
    return not isinstance(value, bool)


def _is_graph(value: Any) -> bool:
    from costcalc.graph import Graph

    return isinstance(value, Graph)


def _is_model(value: Any) -> bool:
    from costcalc.spec import ModelSpec

    return isinstance(value, ModelSpec)


def _is_table(value: Any) -> bool:
    from costcalc.table import Table

    return isinstance(value, Table)


def _is_convention(value: Any) -> bool:
    from costcalc.conventions import Convention

    return isinstance(value, Convention)


def _is_compared(value: Any) -> bool:
    from costcalc.comparison.summary import Compared

    return isinstance(value, Compared)


def _is_setting(value: Any) -> bool:
    from costcalc.quantities import Setting
    from costcalc.words import DTYPES, OPTIMIZERS

    if not isinstance(value, Setting):
        return False
    known = value.dtype in list(DTYPES) and value.optimizer in list(OPTIMIZERS)
    return known and _is_whole(value.batch) and value.batch >= 1


def _are_knobs(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(_is_text, value))


def _list_of(accepts: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Is it a list or a tuple whose items are each accepted? A text, or a single named tuple, is neither."""
    return lambda value: isinstance(value, list | tuple) and all(map(accepts, value))


_CONVENTION = Argument("a convention, such as costcalc.convention('fvcore')", _is_convention)

ARGUMENTS: Mapping[str, Argument] = {
    "load.name": Argument("the name of a shipped model or the path of a YAML file", _is_path),
    "convention.name": Argument("the name of a convention, such as 'fvcore'", _is_text),
    "revision": Argument("a git revision, such as 'HEAD~1'", _is_text),
    "model": Argument("a model, which costcalc.load gives", _is_model),
    "knobs": Argument("a mapping of knobs by name, such as {'alpha': 0.75}", _are_knobs),
    "decide": Argument("a function that decides conditions on symbols", callable),
    "graph": Argument("a graph, which costcalc.infer gives", _is_graph),
    "graphs": Argument(
        "a graph, which costcalc.infer gives, or a list of graphs",
        lambda value: _is_graph(value) or (_list_of(_is_graph)(value) and len(value) > 0),
    ),
    "by": Argument("a word such as 'stage'", _is_text),
    "kind": Argument("a word such as 'trainable'", _is_text),
    "dtype": Argument("a word such as 'float32'", _is_text),
    "quantity": Argument("a word such as 'macs'", _is_text),
    "format": Argument("a word such as 'markdown'", _is_text),
    "top": Argument("a whole number", _is_whole),
    "batch": Argument("a whole number", _is_whole),
    "freeze": Argument("a list of patterns, such as ['stem', 'stage[1-3]']", _list_of(_is_text)),
    "checkpoint": Argument("true or false", lambda value: isinstance(value, bool)),
    "strict": Argument("true or false", lambda value: isinstance(value, bool)),
    "setting": Argument(
        "a costcalc.quantities.Setting of a known dtype and optimizer, with a batch of at least 1", _is_setting
    ),
    "further": Argument("a list of costcalc.comparison.summary.Compared", _list_of(_is_compared)),
    "first": _CONVENTION,
    "second": _CONVENTION,
    "table": Argument("a table, which costcalc.macs and other functions give", _is_table),
}
"""What each parameter takes, by its name; by ``function.parameter`` where functions differ."""
