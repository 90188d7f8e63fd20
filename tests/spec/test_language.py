"""The rules of the language, one after the other, each on the smallest model that shows it."""

from __future__ import annotations

import pytest

from costcalc.dims import int_array
from tests.spec.writing import graph, model, node, refusal, shapes

HEAD = "input: [3, 32, 32]\n"


def _lines(*lines: str, more: str = "") -> str:
    return HEAD + more + "layers:\n" + "".join(f"  - {line}\n" for line in lines)


# 1. YAML gives structure; every scalar is text


def test_quotes_change_nothing() -> None:
    """A quoted expression is the same expression."""
    assert shapes(graph(_lines('conv: {out: "8"}'))) == shapes(graph(_lines("conv: {out: 8}"))) == {"conv": (8, 32, 32)}


def test_yaml_never_decides_what_a_scalar_is() -> None:
    """``on`` is no truth value and 12:30 no number of seconds."""
    assert "unknown name on" in refusal(_lines("conv: {out: 8, bias: on}"))
    assert "'12:30' is not an expression" in refusal(_lines("conv: {out: 12:30}"))


# 2. Reserved words


def test_words_evaluate_to_themselves_through_arguments() -> None:
    """An activation, a padding, none: given to a block and passed on."""
    spec = _lines(
        "b: {act: tanh, padding: valid}",
        "b: {act: none, padding: same}",
        more="blocks:\n  b:\n    args: [act, padding]\n    layers:\n"
        "      - conv: {out: 8, kernel: 3, padding}\n      - activation: {fn: act, when: act != none}\n",
    )
    assert shapes(graph(spec)) == {"b1.conv": (8, 30, 30), "b1.activation": (8, 30, 30), "b2.conv": (8, 30, 30)}


def test_the_choices_of_a_knob_are_words() -> None:
    """And the knob has no other value."""
    spec = "knobs: {head: {default: small, choices: [small, large, none]}}\n" + _lines(
        "conv: {out: 64 if head == large else 8}", "relu: {when: head != none}"
    )
    sizes = {head: list(shapes(graph(spec, {"head": head})).values()) for head in ("small", "large", None)}
    assert sizes == {"small": [(8, 32, 32)] * 2, "large": [(64, 32, 32)] * 2, None: [(8, 32, 32)]}
    assert refusal(spec, {"head": "lage"}) == "head = lage: must be one of small, large, none (did you mean large?)"
    assert model(spec).knobs["head"].parse("none") is None


# 3. cin, sizes of named tensors, let, passing on, defaults


def test_cin_is_the_channels_of_what_the_line_receives() -> None:
    """Of the current tensor, or of what ``from`` names."""
    spec = _lines(
        "conv: {name: a, out: cin * 4}", "conv: {name: b, out: cin + 1}", "conv: {name: c, from: a, out: cin + 2}"
    )
    assert shapes(graph(spec + "outputs: [b, c]\n")) == {"a": (12, 32, 32), "b": (13, 32, 32), "c": (14, 32, 32)}


def test_channels_and_height_ask_a_named_tensor() -> None:
    """A line's, or the block's own input."""
    spec = _lines(
        "b: {name: x}",
        "conv: {out: channels(x) + height(x) + height(input)}",
        more="blocks:\n  b: {layers: [conv: {name: deep, out: 5, stride: 2}]}\n",
    )
    assert node(graph(spec), "conv").shape == (5 + 16 + 32, 16, 16)


def test_channels_and_height_ask_by_path_what_is_inside_a_block() -> None:
    """Through repeats and rows of tables too, as `from` does; a wrong part of the path is named."""
    spec = _lines(
        "b: {name: x}",
        "stages: {name: t, block: b, columns: [n], rows: [[2]]}",
        "conv: {out: channels(x.a-1) + height(x.a-1) + height(t1.2.rest.1.d)}",
        more="blocks:\n  b:\n    layers:\n      - conv: {name: a-1, out: 5, stride: 2}\n"
        "      - repeat: {name: rest, n: 1, layers: [conv: {name: d, out: 4, stride: 2}]}\n",
    )
    # 32 x 32: x.a-1 is 5 x 16 x 16; x gives 8 x 8, t1.1 2 x 2, t1.2 1 x 1
    assert node(graph(spec), "conv").shape == (5 + 16 + 1, 1, 1)
    assert refusal(spec.replace("height(x.a-1)", "height(x.a-2)")).endswith(
        "x.a-2: x has no step named a-2 (did you mean a-1?)"
    )
    assert "there is no step named y here" in refusal(spec.replace("height(x.a-1)", "height(y.a-1)"))


def test_let_names_values_once_and_sees_those_before_it() -> None:
    """With the arguments and cin of the block."""
    spec = _lines(
        "b: {k: 2}",
        more="blocks:\n  b:\n    args: [k]\n    let: {mid: cin * k, out: mid + 1}\n"
        "    layers: [conv: {out: mid}, conv: {out}]\n",
    )
    assert list(shapes(graph(spec)).values()) == [(6, 32, 32), (7, 32, 32)]


def test_defaults_may_use_earlier_arguments_and_cin() -> None:
    """``args: {k: , s: 1, c: cin}``: the first is required, the others not."""
    spec = _lines(
        "b: {k: 3}",
        "b: {k: 5, c: 8, s: 2}",
        more="blocks:\n  b:\n    args: {k: , s: 1, c: cin, d: c * s}\n"
        "    layers: [conv: {kernel: k, stride: s, out: d}]\n",
    )
    assert list(shapes(graph(spec)).values()) == [(3, 32, 32), (16, 16, 16)]
    assert "b needs k" in refusal(spec.replace("b: {k: 3}", "b"))


def test_a_pair_is_passed_on_whole() -> None:
    """A block's kernel may be [1, 7]."""
    spec = _lines(
        "b: {kernel: [1, 7]}", more="blocks:\n  b: {args: [kernel], layers: [conv: {out: 8, kernel, padding: valid}]}\n"
    )
    assert node(graph(spec), "b.conv").shape == (8, 32, 26)


# 4. Merges are layers


@pytest.mark.parametrize(
    ("merge", "channels"),
    [
        ("concat: [a, b]", 4 + 8),
        ("concat: {from: [a, b]}", 4 + 8),
        ("concat: [a, b, input]", 4 + 8 + 3),
        ("concat: [[], b]", 8 + 8),  # [] is the current tensor, which is b
        ("concat: [[conv: {out: 6}, relu], conv: {out: 7}]", 6 + 7),
        ("concat: [[conv: {from: a, out: 6}], b]", 6 + 8),
        ("concat: [conv: {from: a, out: 6}, []]", 6 + 8),
        ("concat: [-1, -2]", 8 + 4),
        ("concat: [concat: [a, b], [concat: [b, b]]]", 4 + 8 + 8 + 8),
        ("add: [b, [conv: {out: 8}]]", 8),
    ],
)
def test_a_merge_takes_names_steps_and_chains(merge: str, channels: int) -> None:
    """``- concat: [...]`` is short for its from."""
    found = graph(_lines("conv: {name: a, out: 4}", "conv: {name: b, out: 8}", merge))
    assert found.nodes[-1].shape == (channels, 32, 32)


@pytest.mark.parametrize(
    "merge",
    [
        "add: [-1, -1]",  # the same tensor twice is what it says
        "concat: [[], {conv: {out: 5, when: false}}]",
        "concat: {from: {two: {}}}",  # two gives u, and v unless it is dropped
        "repeat: {n: 1, layers: [two: {}, concat]}",
        "stages: {block: concat, from: [-1, {relu: {when: false}}], columns: [n], rows: [[0], [1]]}",
    ],
)
def test_a_merge_may_be_left_with_one_tensor_by_when(merge: str) -> None:
    """Two were written; a condition left out the other."""
    two = "blocks:\n  two:\n    layers: [relu: {name: u}, tanh: {name: v, when: false}]\n    outputs: [u, v]\n"
    assert graph(_lines("conv: {out: 4}", merge, more=two if "two" in merge else "")).nodes[-1].shape == (4, 32, 32)


# 5. Names


def test_a_name_reaches_inside_blocks_and_repeats_by_its_path() -> None:
    """Explicit names only, joined by dots; repeats and rows by their number."""
    spec = _lines(
        "stages: {block: b, columns: [c, n], rows: [[4, 1], [8, 2]]}",
        "repeat: {name: r, n: 2, layers: [b: {name: x, c: 16}]}",
        "concat: [stage1, stage1.1.mid, stage2.1.mid, stage2.2, r.1.x.mid, r.2, r]",
        more="blocks:\n  b: {args: [c], layers: [conv: {name: mid, out: c}, relu]}\n",
    )
    # 4 + 4 + 8 + 8 + 16 + 16 + 16
    assert node(graph(spec), "concat").shape == (72, 32, 32)


def test_steps_back_count_through_repeats() -> None:
    """-2 of the first repetition is the tensor before the repeat, as for the cells of NASNet."""
    spec = _lines("conv: {out: 4}", "conv: {out: 5}", "repeat: {n: 3, layers: [concat: [-1, -2]]}", "concat: [-1, -2]")
    # 5 + 4 = 9, 9 + 5 = 14, 14 + 9 = 23; then 23 + 14 = 37
    assert [n.shape[0] for n in graph(spec).nodes] == [3, 4, 5, 9, 14, 23, 37]


def test_input_is_the_blocks_own_input() -> None:
    """And at the top the model's."""
    spec = _lines(
        "conv: {out: 8}",
        "b",
        "concat: [-1, input]",
        more="blocks:\n  b: {layers: [conv: {out: 5}, concat: [-1, input]]}\n",
    )
    assert node(graph(spec), "b.concat").shape[0] == 13
    assert node(graph(spec), "concat").shape[0] == 16


def test_a_block_may_name_several_inputs_and_outputs() -> None:
    """Taken in the order in which they are declared; outputs are reached by name or go on together."""
    blocks = (
        "blocks:\n  b:\n    inputs: [cur, prev]\n    layers:\n      - conv: {name: x, from: cur, out: 5}\n"
        "      - conv: {name: y, from: prev, out: channels(cur)}\n    outputs: [y, x]\n"
    )
    spec = _lines("conv: {name: a, out: 8}", "b: {name: z, from: [a, input]}", "concat: {from: z}", more=blocks)
    found = graph(spec)
    assert (node(found, "z.x").shape[0], node(found, "z.y").shape[0]) == (5, 8)
    assert node(found, "z.y").input_shapes == ((3, 32, 32),)
    assert [found.nodes[index].path for index in node(found, "concat").inputs] == ["z.y", "z.x"]


# 6. when


@pytest.mark.parametrize(
    ("lines", "channels"),
    [
        (["conv: {out: 8, when: cin == 3}", "relu: {when: cin != 8}"], [8]),  # another condition
        (["conv: {out: 8, when: cin == 3}", "conv: {out: 9}", "relu: {when: cin == 3}"], [8, 9]),  # another cin
        (["relu: {when: cin == 3}", "conv: {out: 8}", "tanh: {when: cin == 3}"], [3, 8]),  # relu left cin alone
        (["conv: {out: 8, when: cin == 3}", "concat: [[], {relu: {from: input, when: cin == 3}}]"], [8, 3, 11]),
        (["repeat: {n: 2, layers: [conv: {out: 8, when: cin == 3}]}"], [8]),  # each time anew
        (["b: {split: cin == 3}"], [8, 8]),
    ],
)
def test_a_condition_on_cin_may_stand_twice_where_no_line_is_lost(lines: list[str], channels: list[int]) -> None:
    """Only a line whose condition an earlier one made false is an error; ``let`` and arguments are named once."""
    block = "blocks: {b: {args: [split], layers: [conv: {out: 8, when: split}, relu: {when: split}]}}\n"
    found = graph(_lines(*lines, more=block if "b: " in lines[0] else ""))
    assert [node.shape[0] for node in found.nodes[1:]] == channels


def test_a_sweep_tells_of_a_condition_on_cin_that_the_line_before_changed() -> None:
    """Over all its members at once."""
    spec = "knobs: {c: {default: 8, min: 1}}\ninput: [4, 8, 8]\nlayers:\n"
    spec += "  - conv: {out: 2 * c, when: cin < c}\n  - relu: {when: cin < c}\n"
    assert "relu is dropped: conv on line 4, under the same" in refusal(spec, {"c": int_array([8, 16])})


def test_a_dropped_line_is_as_if_it_were_not_there() -> None:
    """The current tensor goes on, steps back do not count it, outputs skip it."""
    spec = "knobs: {extra: true}\n" + _lines(
        "conv: {out: 4}", "conv: {name: x, out: 6, when: extra}", "concat: [-1, -2]"
    )
    assert node(graph(spec), "concat").shape[0] == 10
    assert node(graph(spec, {"extra": False}), "concat").shape[0] == 7  # 4 + the input's 3
    outputs = spec + "outputs: [concat, x]\n"
    named = outputs.replace("concat: [-1, -2]", "concat: {name: concat, from: [-1, -2]}")
    assert [output.name for output in graph(named).outputs] == ["concat", "x"]
    assert [output.name for output in graph(named, {"extra": False}).outputs] == ["concat"]


def test_a_chain_whose_lines_are_all_dropped_is_the_identity_and_a_lone_dropped_step_no_input() -> None:
    """The shortcut of a ResNet against an optional branch."""
    spec = _lines("conv: {out: 4}", "concat: [[conv: {out: 7, when: false}], [relu]]")
    assert node(graph(spec), "concat").shape[0] == 8
    spec = _lines("conv: {out: 4}", "concat: [conv: {out: 7, when: false}, [relu]]")
    assert node(graph(spec), "concat").shape[0] == 4


def test_a_condition_may_ask_for_cin_and_leaves_nothing_behind() -> None:
    """Lines in the merge of a dropped line are not in the graph."""
    spec = _lines("conv: {out: 4}", "relu: {from: [[conv: {out: 7}]], when: cin == {N}}")
    assert list(shapes(graph(spec.replace("{N}", "7")))) == ["conv1", "conv2", "relu"]
    assert list(shapes(graph(spec.replace("{N}", "8")))) == ["conv1"]


def test_a_condition_is_not_evaluated_further_than_it_must_be() -> None:
    """A line that is dropped anyway does not look for an input that is dropped too."""
    spec = "knobs: {extra: true}\n" + _lines(
        "conv: {out: 4}", "conv: {name: x, out: 6, when: extra}", "add: {from: [x, -1], when: extra and cin == 6}"
    )
    assert list(shapes(graph(spec))) == ["conv", "x", "add"]
    assert list(shapes(graph(spec, {"extra": False}))) == ["conv"]


# 7. stages and repeat


def test_a_table_calls_its_block_for_each_row() -> None:
    """n times, ``with`` for what the numbers mean, ``rest`` for all but the first of a row; n may be 0."""
    spec = "knobs: {alpha: 2}\n" + _lines(
        "stages: {block: conv, columns: [c, n, stride], with: {out: c * alpha}, rest: {stride: 1},"
        " rows: [[4, 1, 1], [5, 0, 2], [8, 3, 2]]}",
    )
    # Row 2 does not run; row 3 strides once.
    assert shapes(graph(spec)) == {
        "stage1.1": (8, 32, 32),
        "stage3.1": (16, 16, 16),
        "stage3.2": (16, 16, 16),
        "stage3.3": (16, 16, 16),
    }


def test_without_a_column_n_each_row_runs_once_under_its_own_name() -> None:
    """``name`` is what the rows are called."""
    spec = _lines("stages: {name: c, block: conv, columns: [out], rows: [[4], [8]]}", "concat: [c1, c2]")
    assert shapes(graph(spec)) == {"c1": (4, 32, 32), "c2": (8, 32, 32), "concat": (12, 32, 32)}


def test_a_column_from_says_where_a_row_starts() -> None:
    """A name, a step back, or a chain; evaluated once."""
    spec = _lines(
        "conv: {name: a, out: 4}",
        "conv: {name: b, out: 6}",
        "stages: {name: t, block: conv, columns: [from, out], rows: [[a, cin], [-2, cin], [[[relu]], cin + 1]]}",
    )
    found = graph(spec + "outputs: [t1, t2, t3]\n")
    # t1 takes a (4); t2 the tensor before t1, which is b (6); t3 a relu of t2 (6), and one more.
    assert shapes(found) == {
        "a": (4, 32, 32),
        "b": (6, 32, 32),
        "t1": (4, 32, 32),
        "t2": (6, 32, 32),
        "relu": (6, 32, 32),
        "t3": (7, 32, 32),
    }


def test_a_repeat_runs_its_lines_n_times() -> None:
    """n is an expression, and may be 0."""
    spec = "knobs: {n: 2}\n" + _lines("relu", "repeat: {name: r, n: n, layers: [conv: {out: cin + 1}, relu]}")
    assert [n.shape[0] for n in graph(spec).nodes] == [3, 3, 4, 4, 5, 5]
    assert list(shapes(graph(spec))) == ["relu", "r.1.conv", "r.1.relu", "r.2.conv", "r.2.relu"]
    assert list(shapes(graph(spec, {"n": 0}))) == ["relu"]


def test_a_repeat_or_table_that_does_not_run_leaves_the_current_tensor() -> None:
    """Also where it says from."""
    for line in (
        "repeat: {n: 0, from: input, layers: [relu]}",
        "stages: {block: relu, columns: [n], from: input, rows: [[0]]}",
    ):
        assert list(shapes(graph(_lines("conv: {name: a, out: 4}", line, "relu")))) == ["a", "relu"]


# 8. Scope


def test_the_innermost_name_wins() -> None:
    """An argument hides a knob, let hides a definition, a column hides an argument."""
    spec = "knobs: {c: 2}\ndefine: {d: c + 1}\n" + _lines(
        "conv: {out: d}",
        "b: {c: 10}",
        "conv: {out: c}",
        more="blocks:\n  b:\n    args: [c]\n    let: {d: 20 + c}\n    layers:\n      - conv: {out: d}\n"
        "      - stages: {block: conv, columns: [c], with: {out: c + 1}, rows: [[40]]}\n      - conv: {out: c}\n",
    )
    # d = 3 outside; inside c = 10 and d = 30; the row's c = 40; outside c = 2 again
    assert [n.shape[0] for n in graph(spec).nodes] == [3, 3, 30, 41, 10, 2]


def test_a_models_own_blocks_see_its_knobs_and_definitions() -> None:
    """Shared blocks do not: see the errors."""
    spec = "knobs: {c: 2}\ndefine: {w(x): x * c}\n" + _lines("b", more="blocks:\n  b: {layers: [conv: {out: w(c)}]}\n")
    assert node(graph(spec, {"c": 3}), "b.conv").shape[0] == 9


def test_a_models_own_block_replaces_a_shared_one_everywhere() -> None:
    """Also where shared blocks call it."""
    own = "blocks:\n  conv_norm: {args: {out: , kernel: 1, stride: 1}, layers: [conv: {out, kernel, stride}, relu]}\n"
    spec = _lines("inverted_residual: {t: 2, c: 3, s: 2}", more="use: [conv, inverted_residual]\n" + own)
    assert list(shapes(graph(spec)))[-2:] == ["inverted_residual.project.conv", "inverted_residual.project.relu"]


# 9. define


def test_define_holds_values_functions_and_lookup_tables() -> None:
    """ShuffleNet's widths."""
    spec = "knobs: {groups: 3, scale: 1.5}\n" + _lines(
        "conv: {out: width(1)}",
        "conv: {out: width(half_of(4))}",
        more="define:\n  base: {given: groups, 1: 144, 2: 200, 3: 240}\n  width(i): int(base * i * scale)\n"
        "  half_of(x): x // 2\n",
    )
    assert [n.shape[0] for n in graph(spec).nodes[1:]] == [360, 720]
    assert [n.shape[0] for n in graph(spec, {"groups": 1, "scale": 1.0}).nodes[1:]] == [144, 288]
    assert refusal(spec, {"groups": 4}).endswith("groups = 4: must be one of the table's keys (known: 1, 2, 3)")


# 14. Padding words


@pytest.mark.parametrize(
    ("padding", "sizes"),
    [
        ("half", (16, 16)),  # floor((32 + 2*1 - 3) / 2) + 1 = 16; half of a dilated 3x3 is 2: floor((32+4-5)/2)+1 = 16
        ("same", (16, 16)),  # ceil(32 / 2)
        ("valid", (15, 14)),  # floor((32 - 3) / 2) + 1 = 15; floor((32 - 5) / 2) + 1 = 14
        ("2", (17, 16)),  # floor((32 + 4 - 3) / 2) + 1 = 17; floor((32 + 4 - 5) / 2) + 1 = 16
    ],
)
def test_padding_is_a_word_or_a_number(padding: str, sizes: tuple[int, int]) -> None:
    """For a plain and for a dilated kernel."""
    for dilation, size in zip((1, 2), sizes, strict=True):
        line = f"conv: {{out: 8, kernel: 3, stride: 2, padding: {padding}, dilation: {dilation}}}"
        assert node(graph(_lines(line)), "conv").shape == (8, size, size)


# Limits of what stands beside each other


@pytest.mark.parametrize(
    ("section", "what"),
    [
        ("knobs: {VALUES}\nlayers: [relu]\n", "knobs"),
        ("define: {VALUES}\nlayers: [relu]\n", "definitions"),
        ("layers: [b]\nblocks: {b: {args: {VALUES}, layers: [relu]}}\n", "arguments"),
        ("layers: [b]\nblocks: {b: {args: [NAMES], layers: [relu]}}\n", "arguments"),
        ("layers: [b]\nblocks: {b: {let: {VALUES}, layers: [relu]}}\n", "let"),
        ("layers: [b]\nblocks: {b: {inputs: [NAMES], layers: [relu]}}\n", "inputs"),
        ("layers: [stages: {block: relu, columns: [NAMES], rows: [[1]]}]\n", "columns"),
        ("layers: [stages: {block: relu, columns: [n], rows: [[1]], with: {VALUES}}]\n", "with"),
    ],
)
def test_at_most_256_names_stand_beside_each_other(section: str, what: str) -> None:
    """So that no line looks through thousands."""
    names = [f"a{i}" for i in range(257)]
    spec = section.replace("NAMES", ", ".join(names)).replace("VALUES", ", ".join(f"{name}: 1" for name in names))
    assert refusal(HEAD + spec).endswith(f": 257 {what}; at most 256 are allowed")
