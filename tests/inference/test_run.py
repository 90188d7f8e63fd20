"""infer(): from a model and its knobs to a graph, over ints, arrays and symbols, within limits."""

from __future__ import annotations

import time
from typing import Any

import pytest
import sympy

from costcalc import dims
from costcalc.dims import Mixed, int_array
from costcalc.inference import MAX_NODES, MAX_WORK, infer
from costcalc.spec import load
from costcalc.spec.link import MAX_NESTING
from tests.spec.writing import graph, model, node, refusal

HEAD = "input: [3, 8, 8]\n"


# The graph


def test_a_graph_is_in_topological_order_with_unique_paths_and_an_input_at_its_head() -> None:
    """The contract of `costcalc.graph.Graph`."""
    found = infer(load("mobilenetv2"))
    assert found.nodes[0].layer.type == "input"
    assert all(source < index for index, node in enumerate(found.nodes) for source in node.inputs)
    assert len({node.path for node in found.nodes}) == len(found.nodes)
    assert all(node.input_shapes == tuple(found.nodes[i].shape for i in node.inputs) for node in found.nodes)
    assert [(output.name, output.node) for output in found.outputs] == [("classifier", len(found.nodes) - 1)]


def test_all_knobs_are_kept_with_the_graph() -> None:
    """Those that were given and the others."""
    knobs = infer(load("mobilenetv2"), {"alpha": 0.75}).knobs
    assert knobs == {"alpha": 0.75, "resolution": 224, "num_classes": 1000, "t": 6}


def test_a_stage_is_a_line_of_the_model_a_row_of_its_table_or_a_repetition() -> None:
    """What tables sum over."""
    spec = HEAD + "layers:\n  - relu\n  - repeat: {name: r, n: 2, layers: [b]}\n"
    spec += "  - stages: {block: b, columns: [n], rows: [[2]]}\nblocks: {b: {layers: [relu, tanh]}}\n"
    assert [n.stage for n in graph(spec).nodes] == [
        *("input", "relu", "r.1", "r.1", "r.2", "r.2", "stage1", "stage1", "stage1", "stage1")
    ]


def test_unnamed_lines_are_called_after_their_type_and_numbered_where_there_are_several() -> None:
    """Around the names that are taken."""
    spec = HEAD + "layers: [relu, relu: {name: relu2}, relu, tanh, add: [[relu], [tanh]]]\n"
    assert [n.path for n in graph(spec).nodes[1:]] == ["relu1", "relu2", "relu3", "tanh1", "relu4", "tanh2", "add"]


def test_a_model_of_dropped_lines_is_the_identity() -> None:
    """Its output is its input."""
    found = graph(HEAD + "layers: [relu: {when: false}]\n")
    assert [(output.name, output.node) for output in found.outputs] == [("input", 0)]


# Other algebras


def _any(shape: Any) -> Any:
    """A shape of another algebra, which the checker takes for ints."""
    return shape


def test_arrays_give_for_each_member_what_ints_give() -> None:
    """Resolutions of which each makes its own shapes."""
    resolutions = [32, 33, 97, 224]
    spec = load("mobilenetv2")
    swept = infer(spec, {"resolution": int_array(resolutions)})
    for index, resolution in enumerate(resolutions):
        alone = infer(spec, {"resolution": resolution})
        for many, one in zip(swept.nodes, alone.nodes, strict=True):
            sizes = tuple(int(size[index]) if dims.is_array(size) else size for size in _any(many.shape))
            assert (many.path, sizes) == (one.path, one.shape)


def test_a_condition_that_differs_between_members_is_handed_to_the_caller() -> None:
    """Of a line, of a table's n: the mask says which members it holds for."""
    spec = model("knobs: {n: 1}\n" + HEAD + "layers: [conv: {out: 4}, repeat: {n: n, layers: [relu]}]\n")
    with pytest.raises(Mixed) as caught:
        infer(spec, {"n": int_array([2, 3, 2])})
    assert caught.value.mask.tolist() == [True, False, True]
    assert len(infer(spec, {"n": int_array([2, 2])}).nodes) == 4
    spec = model("knobs: {t: 1}\n" + HEAD + "layers: [conv: {out: t}, relu: {when: t != 1}]\n")
    with pytest.raises(Mixed) as caught:
        infer(spec, {"t": int_array([1, 6])})
    assert caught.value.mask.tolist() == [False, True]


def test_symbols_give_closed_forms_that_hold_for_every_value() -> None:
    """With the conditions decided as at the default knobs."""
    spec = load("mobilenetv2")
    m = sympy.Symbol("m", integer=True, positive=True)
    closed = infer(spec, {"resolution": 32 * m})
    for value in (1, 2, 7):
        alone = infer(spec, {"resolution": 32 * value})
        for symbolic, one in zip(closed.nodes, alone.nodes, strict=True):
            assert tuple(sympy.sympify(size).subs(m, value) for size in symbolic.shape) == one.shape


def test_a_number_of_repetitions_that_is_a_symbol_is_refused() -> None:
    """How many layers there are is no formula."""
    n = sympy.Symbol("n", integer=True, positive=True)
    spec = "knobs: {n: 2}\n" + HEAD + "layers: [repeat: {n: n, layers: [relu]}]\n"
    assert refusal(spec, {"n": n}) == "model.yaml:3:22: layers[0].repeat.n: n = n: how often must be a number"
    assert len(graph(spec, {"n": sympy.Integer(3)}).nodes) == 4


# Limits


DOUBLING = ["b0: {layers: [relu]}"] + [f"b{i}: {{layers: [b{i - 1}, b{i - 1}]}}" for i in range(1, 31)]
WIDE = f"wide: {{args: {{{', '.join(f'a{i}: 1 + 1' for i in range(200))}}}, layers: [relu]}}"
TABLE = f"define: {{table(x): {{given: x, {', '.join(f'{i}: {i}' for i in range(5_000))}}}}}\n"


@pytest.mark.parametrize(
    ("line", "blocks", "define"),
    [
        ("repeat: {n: 1000000000, layers: []}", [], ""),
        ("repeat: {n: 1000000000, layers: [relu]}", [], ""),
        ("repeat: {n: 1000000000, layers: [relu: {when: false}]}", [], ""),
        ("repeat: {n: 1000000000, layers: [repeat: {n: 1000000000, layers: []}]}", [], ""),
        ("stages: {block: relu, columns: [n], rows: [[1000000000]]}", [], ""),
        ("stages: {block: nothing, columns: [n], rows: [[1000000000]]}", ["nothing: {layers: []}"], ""),
        ("b30", DOUBLING, ""),
        (f"repeat: {{n: 100000, layers: [add: [{', '.join(['-1'] * 5000)}]]}}", [], ""),
        (f"repeat: {{n: 100000, layers: [relu: {{name: {'x' * 60}}}]}}", [], ""),
        ("repeat: {n: 100000, layers: [wide]}", [WIDE], ""),
        ("repeat: {n: 100000, layers: [conv: {out: table(4999)}]}", [], TABLE),
    ],
    ids=range(11),
)
def test_what_would_never_end_ends_at_the_limits(line: str, blocks: list[str], define: str) -> None:
    """A billion repetitions, blocks that double, merges of thousands, tables of thousands: soon, with little memory."""
    section = "".join(["blocks:\n", *(f"  {block}\n" for block in blocks)]) if blocks else ""
    started = time.process_time()
    message = refusal(f"{HEAD}{define}{section}layers:\n  - {line}\n")
    assert message.endswith((f"more than {MAX_WORK:,} steps of work", f"more than {MAX_NODES:,} layers"))
    assert time.process_time() - started < 10


def test_nesting_has_a_limit_for_blocks_merges_and_repeats_together() -> None:
    """In linking, and in running lines for the sake of a condition."""
    for inside in (
        "b{}",
        "concat: [[b{}]]",
        "repeat: {{n: 1, layers: [b{}]}}",
        "stages: {{block: b{}, columns: [n], rows: [[1]]}}",
    ):
        blocks = [f"  b{i}: {{layers: [{inside.format(i + 1)}]}}" for i in range(400)]
        spec = "\n".join([HEAD + "layers: [b0]", "blocks:", *blocks, "  b400: {layers: [relu]}"])
        assert refusal(spec).endswith(f"nested more than {MAX_NESTING} deep, blocks in blocks included")
    blocks = [f"  b{i}: {{layers: [relu: {{from: [[b{i + 1}]], when: cin == 3}}]}}" for i in range(20)]
    spec = "\n".join([HEAD + "layers: [b0]", "blocks:", *blocks, "  b20: {layers: [relu]}"])
    assert refusal(spec).endswith(f"nested more than {MAX_NESTING} deep, blocks in blocks included")


def test_nesting_below_the_limit_runs_with_room_on_the_stack() -> None:
    """Forty-nine blocks in each other, each with an expression as deep as may be."""
    deep = "(" * 58 + "cin" + " + 0)" * 58
    blocks = [f"  b{i}: {{args: {{a: {deep}}}, layers: [b{i + 1}: {{when: a == 3}}]}}" for i in range(48)]
    spec = "\n".join([HEAD + "layers: [b0]", "blocks:", *blocks, f"  b48: {{layers: [conv: {{out: {deep}}}]}}"])
    assert node(graph(spec), ".".join(f"b{i}" for i in range(49)) + ".conv").shape == (3, 8, 8)


def test_ten_thousand_layers_are_inferred() -> None:
    """A line each."""
    found = graph(HEAD + "layers:\n" + "  - conv: {out: 8, kernel: 3, bias: true}\n" * 10_000)
    assert len(found.nodes) == 10_001
