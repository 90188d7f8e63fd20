"""``costcalc macs``."""

import json

import pytest

from tests.cli.runner import refused, run


@pytest.mark.parametrize(("model", "count"), [("mobilenetv1", 568_740_352), ("mobilenetv2", 300_774_272)])
def test_the_total_is_in_macs_and_in_flops(model: str, count: int) -> None:
    """The plain total is MACs; FLOPs, two for each, stand beside it in every row, and the convention is named."""
    assert run("macs", model, "--quiet").out == f"{count}\n"
    assert f"{model} by costcalc's convention: {count:,} MACs = {2 * count:,} FLOPs." in run("macs", model).out
    document = json.loads(run("macs", model, "--format", "json").out)
    assert all(row["flops"] == 2 * row["macs"] for row in (*document["rows"], document["total"]))
    assert document["total"]["macs"] == count
    assert document["about"]["convention"] == "costcalc"


def test_kinds_of_parameters_are_none_of_its_business() -> None:
    """--kind belongs to params."""
    assert refused("macs", "mobilenetv2", "--kind", "stored") == "macs has no --kind (derive, params, solve have)"


def test_the_ledger_has_a_column_for_each_kind_of_work() -> None:
    """And for bytes, in the type that is asked for, and FLOPs per byte."""
    document = json.loads(run("macs", "mobilenetv2", "--ledger", "--format", "json").out)
    keys = ["name", "macs", "adds", "muls", "compares", "divides", "exps", "flops", "read", "written", "intensity"]
    assert [column["key"] for column in document["columns"]] == keys
    assert document["about"]["dtype"] == "fp32"
    total = document["total"]
    assert (total["macs"], total["muls"]) == (300_774_272, 6_678_112)
    assert total["intensity"] == total["flops"] / (total["read"] + total["written"])
    half = json.loads(run("macs", "mobilenetv2", "--ledger", "--dtype", "float16", "--format", "json").out)
    assert 2 * half["total"]["read"] == total["read"]
    assert "8 images" in run("macs", "mobilenetv2", "--ledger", "--batch", "8").out


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("costcalc", 300_774_272),
        ("fvcore", 314_193_216),
        ("torch", 601_548_544),
        ("ptflops", 320_516_392),
        ("ptflops-aten", 300_775_272),
        ("thop", 327_486_720),
        ("torchinfo", 300_809_384),
    ],
)
def test_a_convention_gives_the_tool_s_total(name: str, count: int) -> None:
    """Of MobileNetV2, as they were seen to print it."""
    assert run("macs", "mobilenetv2", "--convention", name, "--quiet").out == f"{count}\n"
    text = run("macs", "mobilenetv2", "--convention", name).out
    assert f"{count:,}" in text
    assert f"mobilenetv2 by {name}'s convention: " in text
    assert "300,774,272 MACs" in text


def test_the_backward_pass_counts_both_gradients() -> None:
    """In MACs, or in what torch's counter would say, its error told."""
    arguments = ("macs", "mobilenetv2", "--backward", "--batch", "2")
    assert run(*arguments, "--quiet").out == f"{2_362_842_112 // 2}\n"
    assert "2,362,842,112 FLOPs" in run(*arguments).out
    assert run(*arguments, "--convention", "torch", "--quiet").out == "23356304896\n"
    assert "it ignores the groups" in run(*arguments, "--convention", "torch").out


def test_a_training_step_is_forward_and_backward() -> None:
    """Less what is frozen, and once more what is checkpointed."""
    forward, backward, both = (
        int(run("macs", "mobilenetv2", "--quiet", *options).out) for options in ((), ("--backward",), ("--training",))
    )
    assert both == forward + backward
    again = int(run("macs", "mobilenetv2", "--training", "--checkpoint", "--quiet").out)
    assert again == both + forward
    frozen = run("macs", "mobilenetv2", "--training", "--freeze", "s*", "--freeze", "head")
    assert "Frozen (only operations that still run are counted): s*, head." in frozen.out
    quiet = run("macs", "mobilenetv2", "--training", "--freeze", "s*", "--freeze", "head", "--quiet").out
    assert int(quiet) == forward + 1_280_000  # the classifier's weights alone


def test_a_batch_multiplies_the_forward_pass_too() -> None:
    """Several models as well."""
    out = run("macs", "mobilenetv1", "mobilenetv2", "--batch", "3", "--quiet").out
    assert out == f"{3 * 568_740_352}\n{3 * 300_774_272}\n"
    assert "For 3 images." in run("macs", "mobilenetv1", "--batch", "3").out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--convention", "fvcor"], "no convention fvcor (did you mean fvcore? known: costcalc, fvcore, torch, "),
        (["--convention", ""], "no convention given (known: costcalc, fvcore, torch, "),
        (["--convention", "keras"], "keras counts only parameters"),
        (["--convention", "thop", "--backward"], "thop counts only the forward pass"),
        (["--backward", "--training"], "--backward cannot be combined with --training"),
        (
            ["--ledger", "--backward"],
            "--ledger cannot be combined with --backward (--ledger covers the forward pass only)",
        ),
        (
            ["--ledger", "--convention", "thop"],
            "--ledger cannot be combined with --convention (--ledger uses costcalc's own convention)",
        ),
        (["--ledger", "--quiet"], "--quiet cannot be combined with --ledger"),
        (
            ["--ledger", "--dtype", "float12"],
            "--dtype float12: must be one of fp64, fp32, bf16, fp16, int8",
        ),
        (["--dtype", "int8"], "--dtype requires --ledger"),
        (["--freeze", "stem"], "--freeze requires --backward or --training"),
        (["--checkpoint"], "--checkpoint requires --backward or --training"),
        (
            ["--backward", "--freeze", "stam"],
            "freeze = stam: mobilenetv2 has no layer that matches (did you mean stem?)",
        ),
        (
            ["--backward", "--freeze", "dropout"],
            "freeze = dropout: what it matches in mobilenetv2 has no parameters",
        ),
        (["--batch", "0"], "--batch 0: must be a whole number of at least 1"),
        (["--batch", "two"], "--batch two: must be a whole number of at least 1"),
    ],
    ids=" ".join,
)
def test_options_that_do_not_fit_are_told_in_one_line(options: list[str], said: str) -> None:
    """Before anything is counted."""
    assert refused("macs", "mobilenetv2", *options).startswith(said)
