"""Ten thousand wrong specs: each is a graph or one error, soon."""

from __future__ import annotations

import re
import time
from pathlib import Path
from random import Random

import pytest

from costcalc.dims import is_exact_int
from costcalc.errors import CostcalcError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.spec import load
from costcalc.spec.shipped import specs_folder
from tests.exhaustive import over
from tests.mutation import mutated

MUTANTS = 10_000
PARTS = 40
SECONDS = 5.0
"""No mutant takes as long; the limits of the language see to it (two seconds, and room for a busy machine)."""

DATA = Path(__file__).parent / "data"
SHIPPED = Path(specs_folder())
MODELS = ("alexnet", "lenet5", "mobilenetv1", "mobilenetv2", "mobilenetv2-cifar-replicate-d", "shufflenet")
BLOCKS = ("conv", "inverted_residual")
PATHS = [
    *sorted(DATA.glob("*.yaml")),
    *(SHIPPED / "models" / f"{name}.yaml" for name in MODELS),
    *(SHIPPED / "blocks" / f"{name}.yaml" for name in BLOCKS),
]
SEEDS = {path.name: path.read_text(encoding="utf-8") for path in PATHS}
USERS = {
    "conv.yaml": ["calls_conv.yaml"],
    "inverted_residual.yaml": ["calls_inverted_residual.yaml"],
    "resnet50.yaml": ["resnet50.yaml", "resnet101.yaml", "backbone.yaml"],
}
"""Which models show what became of a file; others show it themselves."""


def _check(graph: Graph) -> None:
    """What is a graph is a right one."""
    assert len({node.path for node in graph.nodes}) == len(graph.nodes)
    for index, node in enumerate(graph.nodes):
        assert all(0 <= source < index for source in node.inputs)
        assert all(is_exact_int(size) and size >= 1 for size in node.shape)
        assert all(is_exact_int(count) and count >= 0 for count in node.params.values())
        assert all(is_exact_int(count) and count >= 0 for count in node.ledger.values())
    assert len({output.name for output in graph.outputs}) == len(graph.outputs) >= 1


@pytest.mark.parametrize("part", over(range(PARTS), range(1)))
def test_a_mutant_is_a_graph_or_one_error(part: int) -> None:
    """Never another exception, never a message of many lines, never long."""
    for name, text in SEEDS.items():
        Path(name).write_text(text, encoding="utf-8")
    graphs = 0
    for seed in range(part, MUTANTS, PARTS):
        random = Random(seed)
        name = random.choice(list(SEEDS))
        spec = mutated(SEEDS[name], random)
        Path(name).write_text(spec, encoding="utf-8")
        started = time.process_time()
        try:
            graph = infer(load(f"./{random.choice(USERS.get(name, [name]))}"))
        except CostcalcError as error:
            message = str(error)
            assert re.match(r"(\./|specs/\w+/)?[\w-]+\.yaml:", message), (seed, message)
            assert message.isprintable(), (seed, message)
            assert len(message) < 1000, (seed, message)
        except Exception as error:
            raise AssertionError(f"mutant {seed} of {name}: {error!r}\n{spec}") from error
        else:
            _check(graph)
            graphs += 1
        assert time.process_time() - started < SECONDS, (seed, spec)
        Path(name).write_text(SEEDS[name], encoding="utf-8")
    assert MUTANTS // PARTS // 20 < graphs < MUTANTS // PARTS // 2
