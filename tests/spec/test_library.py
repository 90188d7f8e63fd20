"""Shipped names and paths, extends and use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from costcalc.errors import CostcalcError, UsageError
from costcalc.inference import infer
from costcalc.spec import load, shipped_blocks, shipped_models
from costcalc.spec.library import MAX_EXTENDS, load_document
from costcalc.spec.read import read_text
from tests.spec.writing import graph, model, refusal, shapes

BASE = """
title: A base
source: "somewhere"
knobs:
  alpha: {default: 1.0, above: 0, help: width}
  bias: false
input: [3, 8, 8]
define: {width(c): round(c * alpha), deep: 1}
use: [conv]
blocks:
  unit: {args: [c], layers: [conv: {out: c, bias}, relu]}
  last: {layers: [relu6]}
layers:
  - unit: {c: width(8)}
  - repeat: {n: deep, layers: [conv_norm: {out: 4}]}
  - last
examples: [{alpha: 0.5}]
"""


# Names and paths


def test_shipped_models_and_blocks_are_known_by_name() -> None:
    """Sorted; each loads, at its default knobs and at its examples."""
    assert shipped_models() == sorted(shipped_models())
    assert {"mobilenetv1", "mobilenetv2"} <= set(shipped_models())
    assert {"conv", "inverted_residual"} <= set(shipped_blocks())
    for name in shipped_models():
        shipped = load(name)
        assert shipped.name == name
        assert shipped.file == f"specs/models/{name}.yaml"
        for knobs in ({}, *shipped.examples):
            assert infer(shipped, knobs).nodes


def test_a_name_is_shipped_or_a_path() -> None:
    """A shipped name wins over a file of that name; a path has a slash or an ending of YAML."""
    Path("mobilenetv2").write_text("input: [3, 8, 8]\nlayers: [relu]\n", encoding="utf-8")
    Path("other").write_text("input: [3, 8, 8]\nlayers: [relu]\n", encoding="utf-8")
    assert load("mobilenetv2").title == "MobileNetV2"
    assert load("./mobilenetv2").title == "mobilenetv2"
    assert load("other").name == "other"
    assert load(Path("other")).file == "other"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mobilnetv2", "no model mobilnetv2: neither a shipped one nor a file (did you mean mobilenetv2?)"),
        ("a.yaml", "a.yaml: there is no such file"),
        ("./a", "./a: there is no such file"),
        (".", ".: this is a folder, not a YAML file"),
        ("a\0b", "no model a\ufffdb: neither a shipped one nor a file"),
        ("a\nb.yaml", "a\ufffdb.yaml: there is no such file"),
        ("x" * 5000, "no model " + "x" * 59 + "\N{HORIZONTAL ELLIPSIS}: neither a shipped one nor a file"),
    ],
)
def test_a_name_that_is_neither_is_refused(name: str, message: str) -> None:
    """With the nearest shipped one."""
    with pytest.raises(CostcalcError) as caught:
        load(name)
    assert str(caught.value).startswith(message)


def test_a_model_is_called_after_its_file_unless_it_says() -> None:
    """And its title is its name, unless it has one."""
    Path("small.yml").write_text("input: [3, 8, 8]\nlayers: [relu]\n", encoding="utf-8")
    assert (load("small.yml").name, load("small.yml").title) == ("small", "small")
    named = model("name: big\ntitle: A  big\n  one\ninput: [3, 8, 8]\nlayers: [relu]\n")
    assert (named.name, named.title) == ("big", "A big one")


# extends


def test_a_variant_changes_what_it_names_and_keeps_the_rest() -> None:
    """Everything but name and title is the base's."""
    variant = model("extends: base.yaml\n", base=BASE)
    assert (variant.name, variant.title, variant.source) == ("model", "model", "somewhere")
    assert shapes(infer(variant)) == shapes(graph(BASE))
    assert [dict(example) for example in variant.examples] == [{"alpha": 0.5}]


def test_a_knob_alone_is_its_default_and_keeps_help_and_bounds() -> None:
    """A mapping merges key by key; over a plain value too."""
    variant = model("extends: base.yaml\nknobs: {alpha: 0.5, bias: {help: addition}}\n", base=BASE)
    alpha, bias = variant.knobs["alpha"], variant.knobs["bias"]
    assert (alpha.default, alpha.above, alpha.help) == (0.5, 0, "width")
    assert (bias.default, bias.help) == (False, "addition")
    with pytest.raises(UsageError, match=r"^alpha = 0: must be above 0$"):
        alpha.check(0)


def test_definitions_merge_by_name_whatever_their_parameters_are_called() -> None:
    """``width(c)`` of the base is replaced by ``width(i)``."""
    variant = "extends: base.yaml\ndefine: {width(i): i + 1, deep: 3}\n"
    assert next(iter(shapes(graph(variant, base=BASE)).values())) == (9, 8, 8)
    assert len(shapes(graph(variant, base=BASE))) == 2 + 3 * 2 + 1


def test_a_block_is_replaced_whole() -> None:
    """The base's arguments are gone with it."""
    variant = "extends: base.yaml\nblocks:\n  unit: {args: [c], layers: [conv: {out: c + 1}]}\n"
    assert list(shapes(graph(variant, base=BASE)))[:2] == ["unit.conv", "repeat.1.conv_norm.conv"]
    assert "unit has no argument c" in refusal("extends: base.yaml\nblocks: {unit: {layers: [relu]}}\n", base=BASE)


def test_layers_are_replaced_and_use_adds() -> None:
    """A variant may bring blocks that its base did not use; what the base then no longer needs is no error."""
    variant = "extends: base.yaml\nuse: [inverted_residual, conv]\nlayers: [inverted_residual: {t: 6, c: 3, s: 1}]\n"
    assert list(shapes(graph(variant, base=BASE)))[-1] == "inverted_residual.residual"


def test_a_variant_may_extend_a_shipped_model_and_a_variant() -> None:
    """Through paths that are relative to each file."""
    Path("inner").mkdir()
    Path("inner/half.yaml").write_text("extends: mobilenetv2\nknobs: {alpha: 0.5}\n", encoding="utf-8")
    variant = model("extends: inner/half.yaml\nknobs: {num_classes: 10}\n")
    assert (variant.knobs["alpha"].default, variant.knobs["num_classes"].default) == (0.5, 10)
    assert infer(variant).nodes[-1].shape == (10,)


@pytest.mark.parametrize("section", ["extends: a{}.yaml\n", "input: [3, 8, 8]\nuse: [a{0}.yaml]\nlayers: [a{0}]\n"])
def test_a_chain_of_files_has_a_limit(section: str) -> None:
    """Twenty, of extends and of use."""
    files: dict[str, Any] = {f"a{i}": section.format(i + 1) for i in range(1, MAX_EXTENDS + 2)}
    message = refusal(section.format(1), **files)
    assert message.startswith("a20.yaml:")
    assert message.endswith(f"more than {MAX_EXTENDS} deep")
    del files["a20"], files["a21"]
    last = "input: [3, 8, 8]\nlayers: [relu]\n"
    assert graph(section.format(1), **files, a20=last).nodes[-1].layer.type == "relu"


def test_a_circle_is_seen_through_symbolic_links() -> None:
    """One file under two names."""
    Path("alias.yaml").symlink_to("model.yaml")
    Path("here").symlink_to(".")
    assert refusal("extends: alias.yaml\n").endswith("extends goes round in a circle")
    assert refusal("input: [3, 8, 8]\nuse: [here/model.yaml]\nlayers: [model]\n").endswith("must not use itself")


# use


def test_blocks_and_models_are_used_by_shipped_name_or_by_path() -> None:
    """A path is relative to the file that names it."""
    Path("inner").mkdir()
    Path("inner/blocks.yaml").write_text("unit: {args: [c], layers: [conv: {out: c}, relu]}\n", encoding="utf-8")
    Path("inner/head.yaml").write_text(
        "input: [3, 8, 8]\nuse: [blocks.yaml]\nlayers: [unit: {c: 5}]\n", encoding="utf-8"
    )
    spec = "input: [3, 8, 8]\nuse: [inner/blocks.yaml, inner/head.yaml, conv]\n"
    found = graph(spec + "layers: [unit: {c: 4}, head, conv_norm: {out: 6}]\n")
    assert shapes(found) == {
        "unit.conv": (4, 8, 8),
        "unit.relu": (4, 8, 8),
        "head.unit.conv": (5, 8, 8),
        "head.unit.relu": (5, 8, 8),
        "conv_norm.conv": (6, 8, 8),
        "conv_norm.batch_norm": (6, 8, 8),
    }


def test_a_used_model_keeps_its_knobs_and_words_to_itself() -> None:
    """Its own default, or what the line gives; the user's knob of that name is another one."""
    other = "knobs: {width: 5, mode: {default: fast, choices: [fast, slow]}}\ninput: [3, 8, 8]\n"
    other += "layers: [conv: {out: width if mode == fast else 7}]\n"
    spec = "knobs: {width: 2}\ninput: [3, 8, 8]\nuse: [other.yaml]\n"
    spec += "layers: [other, other: {width: 6}, other: {width}, other: {mode: slow}, conv: {out: width}]\n"
    assert [n.shape[0] for n in graph(spec, other=other).nodes] == [3, 5, 6, 2, 7, 2]


def test_the_stages_of_a_used_model_are_those_of_the_graph_at_the_top_and_the_lines_own_inside_a_block() -> None:
    """The table of parameters by stage reads like the backbone's paper."""
    spec = "input: [3, 32, 32]\nuse: [mobilenetv2]\nlayers:\n  - mobilenetv2: {name: backbone, until: stage2}\n"
    stages = {n.stage for n in graph(spec).nodes[1:]}
    assert stages == {"backbone.stem", "backbone.stage1", "backbone.stage2"}
    inside = (
        "input: [3, 32, 32]\nuse: [mobilenetv2]\nlayers: [b]\nblocks: {b: {layers: [mobilenetv2: {until: stage2}]}}\n"
    )
    assert {n.stage for n in graph(inside).nodes[1:]} == {"b"}


def test_a_model_without_the_key_outputs_that_ends_in_two_tensors_has_both() -> None:
    """Named by the lines that give them."""
    spec = "input: [3, 8, 8]\nlayers: [head]\n"
    spec += "blocks: {head: {layers: [conv: {name: boxes, out: 4}, conv: {name: scores, out: 2, from: input}],"
    spec += " outputs: [boxes, scores]}}\n"
    assert [output.name for output in graph(spec).outputs] == ["head.boxes", "head.scores"]


def test_a_model_inside_a_document_is_strict() -> None:
    """A theorem with an unused line proves something else than it says."""
    unused = "input: [3, 8, 8]\nlayers: [tanh, relu: {from: input}]\n"
    with pytest.raises(CostcalcError, match="unused layer 'tanh'"):
        infer(load_document(read_text(unused, "document.yaml"), "m"))
    with pytest.raises(CostcalcError, match="unused definition 'width'"):
        load_document(read_text("define: {width: 1}\ninput: [3, 8, 8]\nlayers: [relu]\n", "document.yaml"), "m")
