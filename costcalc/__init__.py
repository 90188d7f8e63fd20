"""costcalc: what a convolutional architecture costs, exactly, before anyone trains it.

The pipeline, each step a call::

    model = costcalc.load("mobilenetv2")           # specs/models/mobilenetv2.yaml, or the path of a file
    graph = costcalc.infer(model, {"alpha": 0.75})  # nodes with shapes, in topological order
    table = costcalc.params(graph, by="stage")    # raw numbers, titled columns
    print(costcalc.render(table, "markdown"))
"""

TYPE_CHECKING = False  # a line that imports nothing: until the program is running, Ctrl-C would show a traceback

__version__ = "0.1.0"

__all__ = ["__version__", "compare", "convention", "infer", "ledger", "load", "macs", "params", "reconcile", "render"]

_HOMES = {
    "load": "costcalc.spec",
    "infer": "costcalc.inference",
    "params": "costcalc.analyses.cost",
    "macs": "costcalc.analyses.cost",
    "ledger": "costcalc.analyses.cost",
    "compare": "costcalc.comparison.tables",
    "convention": "costcalc.conventions",
    "reconcile": "costcalc.conventions.reconcile",
    "render": "costcalc.outputs",
}

if TYPE_CHECKING:
    from costcalc.analyses.cost import ledger, macs, params
    from costcalc.comparison.tables import compare
    from costcalc.conventions import convention
    from costcalc.conventions.reconcile import reconcile
    from costcalc.inference import infer
    from costcalc.outputs import render
    from costcalc.spec import load


def __getattr__(name: str) -> object:
    """The public functions, imported when they are first used: ``costcalc --version`` needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'costcalc' has no attribute {name!r}")
    from importlib import import_module

    from costcalc.arguments import checked

    return globals().setdefault(name, checked(getattr(import_module(_HOMES[name]), name)))


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted(__all__)
