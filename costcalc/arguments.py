"""Checks the arguments of the public functions: a wrong one raises a UsageError, not a TypeError from deep inside."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
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


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _made_of(name: str) -> Callable[[Any], bool]:
    """Is it an instance of the class called ``name``, imported when there is something to be checked?"""
    home, _, word = name.rpartition(".")
    return lambda value: isinstance(value, getattr(import_module(home), word))


def _options(name: str) -> Callable[[Any], bool]:
    """Is it an instance of the named tuple called ``name``, each field of the type of its default?"""
    is_one = _made_of(name)
    return lambda value: (
        is_one(value)
        and all(_is_like(getattr(value, field), default) for field, default in value._field_defaults.items())
    )


def _is_like(value: Any, default: Any) -> bool:
    if default is None or value is default:
        return True
    if isinstance(default, tuple):
        return isinstance(value, tuple) and all(map(_is_text, value))
    return _is_whole(value) if type(default) is int else isinstance(value, type(default))


_is_graph = _made_of("costcalc.graph.Graph")


def _are_knobs(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(_is_text, value))


def _list_of(accepts: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Is it a list or a tuple whose items are each accepted? A text, or a single named tuple, is neither."""
    return lambda value: isinstance(value, list | tuple) and all(map(accepts, value))


_CONVENTION = Argument(
    "a convention, such as costcalc.convention('fvcore')", _made_of("costcalc.conventions.base.Convention")
)
_WORDS = _list_of(_is_text)

ARGUMENTS: Mapping[str, Argument] = {
    "load.name": Argument("the name of a shipped model or the path of a YAML file", _is_path),
    "convention.name": Argument("the name of a convention, such as 'fvcore'", _is_text),
    "revision": Argument("a git revision, such as 'HEAD~1'", _is_text),
    "model": Argument("a model, which costcalc.load gives", _made_of("costcalc.spec.ModelSpec")),
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
    "freeze": Argument("a list of patterns, such as ['stem', 'stage[1-3]']", _WORDS),
    "checkpoint": Argument("true or false", _is_flag),
    "strict": Argument("true or false", _is_flag),
    "setting": Argument("a costcalc.Setting", _options("costcalc.quantities.Setting")),
    "further": Argument(
        "a list of costcalc.comparison.summary.Compared", _list_of(_made_of("costcalc.comparison.summary.Compared"))
    ),
    "first": _CONVENTION,
    "second": _CONVENTION,
    "table": Argument("a table, which costcalc.macs and other functions give", _made_of("costcalc.table.Table")),
    "peak_memory.setting": Argument("a costcalc.Inference", _options("costcalc.memory.inference.Inference")),
    "training": Argument("a costcalc.Training", _options("costcalc.memory.training.Training")),
    "beside": Argument("what costcalc.audit.formulas.beside gives", _made_of("costcalc.memory.training.Beside")),
    "nested": Argument("true or false", _is_flag),
    "exact": Argument("true or false", _is_flag),
    "quick": Argument("true or false", _is_flag),
    "tell": Argument("a function that takes a line of progress, such as print", callable),
    "budgets": Argument(
        "a list of texts such as 'macs <= 300M'",
        _list_of(lambda value: _is_text(value) or _made_of("costcalc.solver.Budget")(value)),
    ),
    "varied": Argument(
        "a mapping of knobs by name to ranges such as '0.25..1.4'",
        lambda value: (
            _are_knobs(value)
            and all(_is_text(each) or _made_of("costcalc.solver.Values")(each) for each in value.values())
        ),
    ),
    "fixed": Argument("a mapping of knobs by name, such as {'alpha': 0.75}", _are_knobs),
    "everything": Argument("true or false", _is_flag),
    "wrt": Argument("a list of knobs, such as ['alpha']", _WORDS),
    "device": Argument("a word such as 'cpu'", _is_text),
    "fits.device": Argument(
        "a number of bytes or a size such as '8GB'", lambda value: _is_whole(value) or _is_text(value)
    ),
    "work": Argument("a word such as 'forward'", _is_text),
    "layout": Argument("a word such as 'contiguous'", _is_text),
    "vs": Argument("the name of a model", _is_text),
    "batches": Argument("a list of whole numbers", _list_of(_is_whole)),
    "dtypes": Argument("a list of words, such as ['fp32']", _WORDS),
    "modes": Argument("a list of words, such as ['eager']", _WORDS),
    "works": Argument("a list of words, such as ['forward']", _WORDS),
    "names": Argument("a list of documents", _WORDS),
    "threads": Argument("a whole number of at least 1", lambda value: _is_whole(value) and value >= 1),
    "epoch": Argument("a whole number of at least 1", lambda value: _is_whole(value) and value >= 1),
    "file": Argument("the path of a file", _is_path),
    "ceilings": Argument(
        "a file of ceilings, or what costcalc.read_ceilings gives",
        lambda value: _is_path(value) or _made_of("costcalc.device.records.Ceilings")(value),
    ),
    "results": Argument(
        "a file of results, or what costcalc.benchmark gives",
        lambda value: _is_path(value) or _made_of("costcalc.device.files.Results")(value),
    ),
}
"""What each parameter takes, by its name; by ``function.parameter`` where functions differ."""
