"""The public functions from Python: what they take, and what they say of anything else."""

import inspect
import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import costcalc
from costcalc.arguments import ARGUMENTS
from costcalc.device.files import Results
from costcalc.errors import CostcalcError, UsageError
from costcalc.quantities import Setting
from tests.cli.runner import python
from tests.device.samples import CEILINGS, cell, header, turn

CLASSES = ["Inference", "Setting", "Training"]
FUNCTIONS = [name for name in costcalc.__all__ if name not in ("__version__", *CLASSES)]
API: Any = costcalc
"""The public functions without their types, to call them wrongly."""

HOSTILE = [None, 1, "x", {1: 2}, [None], [], {}, True, 2.5, b"x", object()]

MODEL = costcalc.load("lenet5")
GRAPH = costcalc.infer(MODEL)

DATA = Path(__file__).parent / "data"

BUDGETS = DATA / "lenet5-budgets.yaml"

VALID: dict[str, tuple[Any, ...]] = {
    "load": ("lenet5",),
    "infer": (MODEL,),
    "params": ([GRAPH],),
    "macs": ([GRAPH],),
    "ledger": ([GRAPH],),
    "compare": ([GRAPH, GRAPH._replace(name="other")],),
    "convention": ("fvcore",),
    "reconcile": (GRAPH, costcalc.convention("thop"), costcalc.convention("fvcore")),
    "render": (costcalc.macs([GRAPH]),),
    "audit_documents": (["lenet"],),
    "benchmark": ([GRAPH],),
    "check": (str(BUDGETS),),
    "derive": (MODEL,),
    "solve": (MODEL, ["params <= 100k"], {"num_classes": "5..10/1"}),
    "fits": ([GRAPH], "1GB"),
    "latency": ([GRAPH], CEILINGS),
    "measure_ceilings": (),
    "peak_memory": ([GRAPH],),
    "read_ceilings": (str(DATA / "ceilings-cpu.json"),),
    "resume_benchmark": (str(DATA / "bench-cpu-layers.jsonl"),),
    "times": (Results("made.jsonl", header([cell()]), (turn(0, 0, 1.0),)),),
    "training_memory": ([GRAPH],),
}
"""Arguments with which each function works."""

MEASURING = ("benchmark", "measure_ceilings", "resume_benchmark")


@pytest.fixture(autouse=True)
def _nothing_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A folder of its own, and no module that runs; what measures is skipped where torch is not installed."""
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    if getattr(request.node, "callspec", None) and request.node.callspec.params.get("name") in MEASURING:
        pytest.importorskip("torch")
        monkeypatch.setattr("costcalc.benchmarking._measure", lambda *_: None)
        monkeypatch.setattr("costcalc.measure.bench.ceilings.ceilings", lambda *_, **__: CEILINGS)


def parameters(name: str) -> list[tuple[str, str]]:
    """The function ``name`` with each of its parameters."""
    return [(name, each) for each in inspect.signature(getattr(costcalc, name)).parameters]


@pytest.mark.parametrize(("name", "parameter"), [pair for name in FUNCTIONS for pair in parameters(name)])
@pytest.mark.parametrize("value", HOSTILE, ids=[str(number) for number, _ in enumerate(HOSTILE)])
def test_a_wrong_argument_is_an_error_of_costcalc(name: str, parameter: str, value: object) -> None:
    """Whatever the value: the call works or raises a CostcalcError."""
    function: Callable[..., Any] = getattr(costcalc, name)
    given = inspect.signature(function).bind(*VALID[name]).arguments
    with suppress(CostcalcError):
        function(**{**given, parameter: value})


@pytest.mark.parametrize(("name", "parameter"), [pair for name in FUNCTIONS for pair in parameters(name)])
def test_every_parameter_refuses_an_object_by_name(name: str, parameter: str) -> None:
    """What was given and what is wanted are in the message."""
    function: Callable[..., Any] = getattr(costcalc, name)
    given = inspect.signature(function).bind(*VALID[name]).arguments
    wanted = ARGUMENTS.get(f"{name}.{parameter}") or ARGUMENTS[parameter]
    with pytest.raises(UsageError) as caught:
        function(**{**given, parameter: {1: 2}})
    assert str(caught.value) == f"{name}: {parameter} = {{1: 2}}: must be {wanted.wanted}"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: API.load(None),
            "load: name = none: must be the name of a shipped model or the path of a YAML file",
        ),
        (lambda: API.infer(MODEL, {1: 2}), "infer: knobs = {1: 2}: must be a mapping of knobs by name, such as"),
        (
            lambda: API.macs(1),
            "macs: graphs = 1: must be a graph, which costcalc.infer gives, or a list of graphs",
        ),
        (
            lambda: API.macs([]),
            "macs: graphs = []: must be a graph, which costcalc.infer gives, or a list of graphs",
        ),
        (lambda: API.macs("lenet5"), "macs: graphs = lenet5: must be a graph"),
        (lambda: API.reconcile(GRAPH, "thop", "fvcore"), "reconcile: first = thop: must be a convention, such as"),
        (lambda: API.reconcile(*VALID["reconcile"], freeze="stem"), "reconcile: freeze = stem: must be a list of"),
        (
            lambda: API.compare(VALID["compare"][0], Setting("fp61")),
            "dtype = fp61: must be one of fp64, fp32, bf16, fp16, int8",
        ),
        (
            lambda: API.compare(VALID["compare"][0], Setting(optimizer="adm")),
            "optimizer = adm: must be one of sgd, momentum, rmsprop, adam, adamw (did you mean adam?)",
        ),
        (lambda: API.compare(VALID["compare"][0], Setting(batch=0)), "batch = 0: must be at least 1"),
        (lambda: API.ledger(GRAPH, batch=0), "batch = 0: must be at least 1"),
        (lambda: API.peak_memory(GRAPH, API.Inference(batch="8")), "peak_memory: setting = [8, fp32, declared"),
        (
            lambda: API.fits(GRAPH, "8GB", API.Training(freeze="stem")),
            "fits: training = [1, sgd, fp32, false, stem",
        ),
        (lambda: API.fits(GRAPH, "8 apples"), "device = 8 apples: apples is no unit"),
        (lambda: API.benchmark(GRAPH, dtypes=["fp61"]), "dtype: must be one of fp32, fp16, bf16, not "),
        (lambda: API.benchmark(GRAPH, works=[]), "nothing to measure: every list must have an entry"),
        (lambda: API.macs(GRAPH, top=1.5), "macs: top = 1.5: must be a whole number"),
    ],
)
def test_what_is_wrong_is_named(call: Callable[[], object], said: str) -> None:
    """The function, the parameter, the value and what it must be."""
    with pytest.raises(CostcalcError) as caught:
        call()
    assert str(caught.value).startswith(said)


def test_a_single_graph_stands_for_a_list_of_one() -> None:
    """In every function over graphs; a comparison then says that it needs two."""
    for function in (costcalc.params, costcalc.macs, costcalc.ledger):
        assert function(GRAPH) == function([GRAPH]) == function((GRAPH,))
    # C1 6*25*28*28 = 117,600; C3 60*25*10*10 = 150,000; C5 120*16*25 = 48,000; F6 84*120 = 10,080
    assert costcalc.macs(GRAPH).about["totals"]["lenet5"]["macs"] == 325_680
    with pytest.raises(UsageError, match="a comparison requires at least two models"):
        costcalc.compare(GRAPH)


def test_what_worked_still_works(tmp_path: Path) -> None:
    """Paths of any kind, whole numbers of numpy, defaults given by name."""
    import numpy

    path = tmp_path / "tiny.yaml"
    path.write_text("name: tiny\ninput: [3, 8, 8]\nlayers: [conv: {out: 4}]\n", encoding="utf-8")
    assert costcalc.load(path, revision=None).name == "tiny"
    tiny = costcalc.infer(costcalc.load(path), knobs=None)
    # 3 * 4 * 8 * 8 = 768 for an image
    assert API.ledger(tiny, batch=numpy.int64(2)).about["totals"]["tiny"]["macs"] == 2 * 768


def test_dir_lists_the_public_names() -> None:
    """Before any is used, and without importing it."""
    assert dir(costcalc) == sorted(costcalc.__all__)
    code = "import costcalc, sys; print(dir(costcalc) == sorted(costcalc.__all__), 'costcalc.graph' in sys.modules)"
    assert python(code) == "True False\n"


def test_a_function_is_one_object_with_its_own_documentation() -> None:
    """However often it is asked for; another process finds it again."""
    from costcalc.analyses import cost

    assert costcalc.macs is costcalc.macs
    assert costcalc.macs.__doc__ == cost.macs.__doc__
    assert costcalc.macs.__name__ == "macs"
    assert pickle.loads(pickle.dumps(costcalc.macs)) is costcalc.macs
