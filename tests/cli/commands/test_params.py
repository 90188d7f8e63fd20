"""``costcalc params``."""

import json

import pytest

from tests.cli.runner import refused, run


@pytest.mark.parametrize(
    ("model", "kind", "count"),
    [
        ("mobilenetv1", "trainable", 4_231_976),
        ("mobilenetv2", "trainable", 3_504_872),
        ("mobilenetv2", "weights", 3_469_760),  # without 1000 biases and 2 * 17056 affine values
        ("mobilenetv2", "stored", 3_538_984),  # with 2 * 17056 running statistics
    ],
)
def test_the_kind_says_what_is_counted(model: str, kind: str, count: int) -> None:
    """Weights, trainable and stored parameters are three numbers, and the table names the one that it shows."""
    assert run("params", model, "--kind", kind, "--quiet").out == f"{count}\n"
    assert f"({kind})" in run("params", model, "--kind", kind).out.splitlines()[0]
    assert json.loads(run("params", model, "--kind", kind, "--format", "json").out)["about"]["kind"] == kind


def test_a_kind_that_is_none_names_the_nearest() -> None:
    """A misspelt kind is refused."""
    said = refused("params", "mobilenetv2", "--kind", "trainabel")
    assert said == "--kind trainabel: must be one of weights, trainable, stored (did you mean trainable?)"


def test_several_models_have_a_column_each() -> None:
    """Side by side, with a total each."""
    text = run("params", "mobilenetv1", "mobilenetv2").out
    assert "4,231,976" in text
    assert "3,504,872" in text
    assert "mobilenetv1: Parameters" in text
    assert "mobilenetv2: Parameters" in text


@pytest.mark.parametrize(
    ("name", "count"), [("keras", 3_538_984), ("tf-slim", 3_521_928), ("torch", 3_504_872), ("thop", 3_504_872)]
)
def test_a_convention_counts_parameters_as_its_tool_does(name: str, count: int) -> None:
    """Keras with the running statistics, tf-slim without the scales."""
    assert run("params", "mobilenetv2", "--convention", name, "--quiet").out == f"{count}\n"
    assert (
        f"mobilenetv2 by {name}'s convention: {count:,} parameters."
        in run("params", "mobilenetv2", "--convention", name).out
    )


def test_a_kind_and_a_convention_do_not_go_together() -> None:
    """Each says what is counted."""
    said = refused("params", "mobilenetv2", "--convention", "keras", "--kind", "stored")
    assert said.startswith("--kind cannot be combined with --convention")
    assert refused("params", "mobilenetv2", "--convention", "kears").startswith(
        "no convention kears (did you mean keras?"
    )


def test_frozen_parameters_stand_beside_the_trained_ones() -> None:
    """The stem of MobileNetV2: 3 x 3 x 3 x 32 weights of a convolution, 32 scales and shifts."""
    frozen = 3 * 3 * 3 * 32 + 2 * 32
    table = json.loads(run("params", "mobilenetv2", "--freeze", "stem", "--format", "json").out)
    total = table["total"]
    assert (total["params"], total["trained"], total["frozen"]) == (3_504_872, 3_504_872 - frozen, frozen)
    assert [row["frozen"] for row in table["rows"] if row["frozen"]] == [frozen]
    assert table["about"]["totals"]["mobilenetv2"]["frozen"] == frozen
    assert "did you mean stem?" in refused("params", "mobilenetv2", "--freeze", "stam")
    for other in (("--kind", "stored"), ("--convention", "keras")):
        assert "--freeze cannot be combined with" in refused("params", "mobilenetv2", "--freeze", "stem", *other)
