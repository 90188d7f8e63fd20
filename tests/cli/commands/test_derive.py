"""``costcalc derive``."""

import json

import pytest

from tests.cli.runner import refused, run


def test_the_form_the_count_and_the_conditions_are_printed() -> None:
    """Of MobileNetV1: the error of the ideal form, the residue class, the width multiplier."""
    result = run("derive", "mobilenetv1", "--alpha", "0.3", "--wrt", "alpha,resolution")
    assert result.status == 0
    assert "10752*alpha^2*resolution^2 + 1125*alpha*resolution^2/2 + 1024000*alpha" in result.out
    assert "Valid for resolution = 32 m; alpha >= 1/4." in result.out
    assert "Fixed: rho 1.0, num_classes 1000." in result.out


def test_a_value_without_wrt_fixes_its_knob() -> None:
    """With --wrt it is the point."""
    assert "in resolution, num_classes (at alpha 0.5," in run("derive", "mobilenetv1", "--alpha", "0.5").out
    assert "in alpha (at alpha 0.5," in run("derive", "mobilenetv1", "--alpha", "0.5", "--wrt", "alpha").out


def test_every_form_of_output_has_the_form() -> None:
    """Text, Markdown, JSON, csv and LaTeX."""
    arguments = ("derive", "mobilenetv1", "--wrt", "num-classes", "--by", "type")
    for format in ("table", "csv"):
        assert "1024*num_classes" in run(*arguments, "--format", format).out
    assert r"1024\*num_classes" in run(*arguments, "--format", "markdown").out
    forms = json.loads(run(*arguments, "--format", "json").out)["about"]["forms"]
    assert forms["linear"]["srepr"].startswith("Mul(Integer(1024), Symbol('num_classes'")
    assert r"\text{linear} &= 1024 \mathrm{num\_classes}" in run(*arguments, "--format", "latex").out


def test_parameters_memory_and_exact_forms() -> None:
    """Each quantity; the exact form with its widths."""
    assert (
        "1281*num_classes + 2223872" in run("derive", "mobilenetv2", "--quantity", "params", "--wrt", "num_classes").out
    )
    kind = ("--quantity", "params", "--kind", "weights")
    assert "1280*num_classes + 2189760" in run("derive", "mobilenetv2", *kind, "--wrt", "num_classes").out
    memory = ("--quantity", "memory", "--wrt", "t")
    assert "stage2.1.expand.batch_norm" in run("derive", "mobilenetv2", *memory).out
    assert "while the peak is at this layer." in run("derive", "mobilenetv2", *memory, "--exact").out
    assert "= make_divisible(16*alpha, 8)" in run("derive", "mobilenetv2", "--exact").out


def test_elasticities_are_a_table_of_their_own() -> None:
    """By stage unless something else is asked for."""
    assert "1% of alpha (MACs)" in run("derive", "mobilenetv1", "--elasticities").out
    assert "depthwise.conv" in run("derive", "mobilenetv1", "--elasticities", "--by", "layer").out


def test_help_lists_the_knobs_of_a_block() -> None:
    """Its arguments and the sizes of its input, as of a model its knobs."""
    out = run("derive", "inverted_residual", "--help").out
    assert "Knobs of inverted_residual" in out
    assert all(f"--{name} " in out for name in ("cin", "height", "width", "t", "c", "s", "always"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mobilenetv2", "--wrt", "alfa"), "mobilenetv2 has no knob alfa (did you mean alpha?)"),
        (("mobilenetv2", "--wrt", ""), "--wrt '': must be knob names separated by commas"),
        (("mobilenetv2", "--wrt", "alpha,,t"), "--wrt 'alpha,,t': must be knob names separated by commas"),
        (("mobilenet",), "no model, block or layer mobilenet (did you mean mobilenetv"),
        (("mobilenetv1", "mobilenetv2"), "derive takes exactly one model, not mobilenetv1 and mobilenetv2"),
        (
            ("mobilenetv2", "--quantity", "depth"),
            "--quantity depth: must be one of params, weights, stored, macs, flops",
        ),
        (("mobilenetv2", "--kind", "weights"), "--kind requires --quantity params"),
        (("mobilenetv2", "--quantity", "params", "--kind", "w"), "--kind w: must be one of"),
        (("mobilenetv2", "--by", "block"), "--by block: must be one of"),
        (("mobilenetv2", "--elasticities", "--exact"), "--elasticities cannot be combined with --exact"),
        (
            ("mobilenetv2", "--elasticities", "--format", "latex"),
            "--elasticities cannot be combined with --format latex",
        ),
        (("mobilenetv2", "--format", "tex"), "--format tex: must be one of"),
        (
            ("conv", "--wrt", "padding"),
            "padding of conv cannot be a symbol: it changes the structure and is fixed at",
        ),
    ],
)
def test_wrong_usage_is_refused(arguments: tuple[str, ...], message: str) -> None:
    """In one line, with the nearest name."""
    assert message in refused("derive", *arguments)


def test_a_knob_that_changes_the_structure_is_fixed(tmp_path: pytest.TempPathFactory) -> None:
    """How often lines run cannot be a symbol: it says so, and at what it is fixed."""
    path = f"{tmp_path}/deep.yaml"
    with open(path, "w", encoding="utf-8") as file:
        file.write("knobs: {n: 3, c: 8}\ninput: [4, 8, 8]\nlayers: [repeat: {n: n, layers: [conv: {out: c}]}]\n")
    message = refused("derive", path, "--wrt", "n,c")
    assert message.startswith("n changes the structure of deep and is fixed at 3 (--n sets another value")
    assert "Fixed: n 3." in run("derive", path).out
