"""costcalc: what a neural architecture costs, counted exactly, before anyone trains it.

The pipeline, each step a call::

    model = costcalc.load("mobilenetv2")           # specs/models/mobilenetv2.yaml, or the path of a file
    graph = costcalc.infer(model, {"alpha": 0.75})  # nodes with shapes, in topological order
    table = costcalc.params(graph, by="stage")    # raw numbers, titled columns
    print(costcalc.render(table, "markdown"))
"""

TYPE_CHECKING = False  # a line that imports nothing: until the program is running, Ctrl-C would show a traceback

__version__ = "0.1.0"

__all__ = [
    "Inference",
    "Setting",
    "Training",
    "__version__",
    "audit_documents",
    "benchmark",
    "check",
    "compare",
    "convention",
    "derive",
    "fits",
    "infer",
    "latency",
    "ledger",
    "load",
    "macs",
    "measure_ceilings",
    "params",
    "peak_memory",
    "read_ceilings",
    "reconcile",
    "render",
    "resume_benchmark",
    "solve",
    "times",
    "training_memory",
]

_HOMES = {
    "Inference": "costcalc.memory.inference",
    "Setting": "costcalc.quantities",
    "Training": "costcalc.memory.training",
    "audit_documents": "costcalc.audit.tables",
    "benchmark": "costcalc.benchmarking",
    "check": "costcalc.comparison.budgets.tables",
    "compare": "costcalc.comparison.tables",
    "convention": "costcalc.conventions",
    "derive": "costcalc.symbolic.derive",
    "fits": "costcalc.memory.fits",
    "infer": "costcalc.inference",
    "latency": "costcalc.device.latency",
    "ledger": "costcalc.analyses.cost",
    "load": "costcalc.spec",
    "macs": "costcalc.analyses.cost",
    "measure_ceilings": "costcalc.benchmarking",
    "params": "costcalc.analyses.cost",
    "peak_memory": "costcalc.memory.inference",
    "read_ceilings": "costcalc.device.files",
    "reconcile": "costcalc.conventions.reconcile",
    "render": "costcalc.outputs",
    "resume_benchmark": "costcalc.benchmarking",
    "solve": "costcalc.solver",
    "times": "costcalc.device.tables",
    "training_memory": "costcalc.memory.training",
}

if TYPE_CHECKING:
    from costcalc.analyses.cost import ledger, macs, params
    from costcalc.audit.tables import audit_documents
    from costcalc.benchmarking import benchmark, measure_ceilings, resume_benchmark
    from costcalc.comparison.budgets.tables import check
    from costcalc.comparison.tables import compare
    from costcalc.conventions import convention
    from costcalc.conventions.reconcile import reconcile
    from costcalc.device.files import read_ceilings
    from costcalc.device.latency import latency
    from costcalc.device.tables import times
    from costcalc.inference import infer
    from costcalc.memory.fits import fits
    from costcalc.memory.inference import Inference, peak_memory
    from costcalc.memory.training import Training, training_memory
    from costcalc.outputs import render
    from costcalc.quantities import Setting
    from costcalc.solver import solve
    from costcalc.spec import load
    from costcalc.symbolic.derive import derive


def __getattr__(name: str) -> object:
    """The public names, imported when they are first used: ``costcalc --version`` needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'costcalc' has no attribute {name!r}")
    from importlib import import_module

    from costcalc.arguments import checked

    found = getattr(import_module(_HOMES[name]), name)
    return globals().setdefault(name, found if isinstance(found, type) else checked(found))


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted(__all__)
