"""``costcalc memory`` at inference."""

import json
from pathlib import Path
from typing import Any

import pytest

from costcalc.memory import order
from tests.cli.runner import python, refused, run

V2 = ("memory", "mobilenetv2")


def table(*arguments: str) -> dict[str, Any]:
    """What ``costcalc memory ARGUMENTS`` says in JSON."""
    result = run("memory", *arguments, "--format", "json")
    assert (result.status, result.err) == (0, "")
    return json.loads(result.out)


def peak(*arguments: str) -> int:
    """The peak of MobileNetV2 with ``arguments``."""
    return table("mobilenetv2", *arguments)["rows"][0]["peak"]


def test_a_model_has_weights_a_peak_and_a_place() -> None:
    """The expansion of the first wide bottleneck: the convolution's result and the batch norm's, and the image."""
    (row,) = table("mobilenetv2")["rows"]
    # 4 * (3*224*224 + 2 * 96*112*112); 4 * 3538984 stored parameters and 8 for each of 52 batch norms
    assert row == {
        "model": "mobilenetv2",
        "weights": 4 * 3_538_984 + 52 * 8,
        "peak": 4 * (3 * 224 * 224 + 2 * 96 * 112 * 112),
        "at": "stage2.1.expand.batch_norm",
        "sum": 4 * 3_538_984 + 52 * 8 + 4 * (3 * 224 * 224 + 2 * 96 * 112 * 112),
    }


def test_every_table_says_what_its_bytes_are() -> None:
    """Live tensor storage, at a type that is named."""
    what = "live tensor storage, workspace inside operations not counted"
    for arguments in ((), ("mobilenetv2",), ("mobilenetv2", "--timeline"), ("mobilenetv2", "--arena")):
        found = table(*arguments)
        assert found["about"]["what"] == what
        assert any(what in note for note in found["notes"])
        assert found["about"]["dtype"] in " ".join(found["notes"])


def test_types_and_batches_scale_the_peak() -> None:
    """Two bytes are half of four; four images take four times the memory."""
    assert peak() == 2 * peak("--fp16") == 2 * peak("--bf16") == 2 * peak("--dtype", "fp16") == 4 * peak("--int8")
    assert peak("--batch", "4") == 4 * peak()
    assert peak("--batch=4", "--dtype=fp16", "--fp16") == 2 * peak()


def test_each_option_has_its_effect() -> None:
    """By how many bytes each lowers the peak, from the shapes at the place of the peak."""
    wide = 4 * 96 * 112 * 112
    assert peak("--input", "given") == peak() - 4 * 3 * 224 * 224
    assert peak("--fold") == peak()  # the activation after the convolution is as large as the batch norm was
    assert peak("--fold", "--in-place") == peak("--fuse") == peak() - wide + 4 * 96 * 56 * 56
    assert peak("--split", "4") < peak("--split", "2") < peak()
    (row,) = table("mobilenetv2", "--split", "4")["rows"]
    assert row["bound"] < row["peak"] < row["whole"] == peak()


def test_models_stand_below_each_other() -> None:
    """With their knobs and in the order that is asked for."""
    found = table("mobilenetv1", "mobilenetv2", "--alpha", "0.5", "--nested")
    assert [row["model"] for row in found["rows"]] == ["mobilenetv1", "mobilenetv2"]
    assert all(row["nested"] > row["peak"] for row in found["rows"])
    assert found["about"]["models"][0]["knobs"]["alpha"] == 0.5


def test_the_best_order_is_named_with_its_steps() -> None:
    """NASNet-mobile gains; where nothing is gained the order is the declared one."""
    found = table("nasnet-mobile", "mobilenetv2", "--order", "best")
    nasnet, plain = found["rows"]
    assert nasnet["peak"] < nasnet["declared"]
    assert plain["peak"] == plain["declared"]
    steps = found["about"]["orders"][0]["steps"]
    assert len(steps) == len(set(steps)) > 900
    assert any("order with the smallest possible peak" in note for note in found["notes"])


@pytest.mark.parametrize("more", [(), ("--timeline",), ("--arena",)], ids=["summary", "timeline", "arena"])
def test_a_long_search_for_the_best_order_shows_progress(
    more: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On stderr, by the model's name, in each of the tables; here after every set of done operations."""
    monkeypatch.setattr(order, "OFTEN", 1)
    result = run("memory", "nasnet-mobile", "--order", "best", *more)
    assert result.status == 0
    assert "nasnet-mobile: 1 of at most 10,000 states searched for the best order\n" in result.err
    assert "searched" not in result.out


def test_a_timeline_has_a_bar_for_each_step() -> None:
    """The longest is the peak's; in a pipe without Unicode they are of number signs."""
    found = table("mobilenetv2", "--timeline")
    most = peak()
    assert max(row["live"] for row in found["rows"]) == found["about"]["peak"] == most
    assert [row["bar"] for row in found["rows"]] == [row["live"] / most for row in found["rows"]]
    assert "\N{FULL BLOCK}" * 40 in run(*V2, "--timeline").out
    plain = run(*V2, "--timeline", encoding="ascii").out
    assert "#" * 40 in plain
    assert "#" * 41 not in plain


def test_a_training_step_has_a_timeline_too() -> None:
    """Its greatest live bytes are the peak of the summary, frozen layers and checkpoints considered."""
    options = ("--training", "--batch", "2", "--optimizer", "adam", "--freeze", "stem", "--checkpoint")
    told = json.loads(run(*V2, *options, "--timeline", "--format", "json").out)
    peak = json.loads(run(*V2, *options, "--format", "json").out)["total"]["bytes"]
    assert max(row["live"] for row in told["rows"]) == told["about"]["peak"]["bytes"] == peak
    assert {row["phase"] for row in told["rows"]} == {"forward", "recomputed", "backward", "step"}
    assert told["about"]["freeze"] == ["stem"]


def test_an_arena_is_a_plan_in_json() -> None:
    """Tensor, offset, size, first and last use; and how far the plan is from the bound."""
    found = table("mobilenetv2", "--arena", "--order", "best")
    assert set(found["rows"][0]) == {"tensor", "offset", "size", "first", "last"}
    assert found["about"]["bound"] == peak() <= found["about"]["size"]
    assert max(row["offset"] + row["size"] for row in found["rows"]) == found["about"]["size"]
    assert len(found["about"]["steps"]) == 152


def test_an_arena_may_have_a_size() -> None:
    """One that is large enough; a word after the option that is no size is a model."""
    assert run(*V2, "--arena", "11MB") == run(*V2, "--arena") == run("memory", "--arena", "mobilenetv2")
    assert run(*V2, "--arena=11MB").status == 0


def test_an_arena_smaller_than_the_bound_is_refused() -> None:
    """No plan could fit; one that could, but was not found, is a check that failed."""
    assert refused(*V2, "--arena", "10MB") == (
        "an arena of 10,000,000 bytes is too small for mobilenetv2: the peak of live bytes is 10,235,904"
    )
    small = ("memory", "mobilenetv2-cifar", "--arena", "1300kB")
    assert refused(*small, status=1) == (
        "no plan found for mobilenetv2-cifar in an arena of 1,300,000 bytes: the best one requires 1,388,544 "
        "(every plan requires at least 1,290,240)"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mobilenetv2", "--batch", "0"), "--batch 0: must be a whole number of at least 1"),
        (("mobilenetv2", "--batch", "-1"), "--batch -1: must be a whole number of at least 1"),
        (("mobilenetv2", "--batch", "1.5"), "--batch 1.5: must be a whole number of at least 1"),
        (("mobilenetv2", "--dtype", "fp64"), "--dtype fp64: must be one of fp32, fp16, bf16, int8"),
        (("mobilenetv2", "--fp16", "--bf16"), "--fp16 cannot be combined with --bf16"),
        (("mobilenetv2", "--fp16", "--dtype", "int8"), "--fp16 cannot be combined with --dtype int8 (choose one type)"),
        (("mobilenetv2", "--batch", "9" * 19), f"--batch {'9' * 19}: must have at most 18 digits"),
        (("mobilenetv2", "--order", "worst"), "--order worst: must be one of declared, best"),
        (("mobilenetv2", "--input", "lost"), "--input lost: must be one of held, given"),
        (("mobilenetv2", "--split", "0"), "--split 0: must be a whole number of at least 1"),
        (("mobilenetv2", "--split", "33"), "stem.conv: 33 parts: must be between 1 and the number of channels, "),
        (("vgg16", "--split", "2"), "vgg16 has no inverted residual to split"),
        (("mobilenetv2", "--arena", "12"), "--arena 12: has no unit"),
        (
            ("mobilenetv2", "--timeline", "--arena"),
            "--timeline cannot be combined with --arena (each prints its own table)",
        ),
        (
            ("mobilenetv2", "--nested", "--timeline"),
            "--nested cannot be combined with --timeline (--nested adds a column to the summary)",
        ),
        (("mobilenetv2", "--nested", "--split", "2"), "--nested cannot be combined with --split"),
        (
            ("mobilenetv1", "mobilenetv2", "--timeline"),
            "--timeline takes exactly one model, not mobilenetv1 and mobilenetv2",
        ),
        (("mobilenetv1", "mobilenetv2", "--arena"), "--arena takes exactly one model, not mobilenetv1 and mobilenetv2"),
        (("--timeline",), "--timeline requires MODEL"),
        (("--batch", "2"), "--batch requires MODEL"),
        (("--alpha", "0.5"), "no MODEL given"),
        (("mobilenetv2", "--bach", "2"), "mobilenetv2 has no knob bach (did you mean --batch?"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], message: str) -> None:
    """In one line that says what would be right."""
    assert refused("memory", *arguments).startswith(message)


def test_without_a_model_the_papers_table_is_printed() -> None:
    """At 16 bits unless another type is asked for."""
    assert run("memory").out == run("memory", "--fp16").out
    found = table("--fp16")
    assert len(found["rows"]) == 21
    assert [row["bytes"] for row in table("--dtype", "fp32")["rows"] if row["bytes"]] == [
        2 * row["bytes"] for row in found["rows"] if row["bytes"]
    ]


@pytest.mark.parametrize("format", ["table", "markdown", "json", "csv"])
def test_every_form_is_there(format: str, tmp_path: Path) -> None:
    """On stdout and in a file."""
    for arguments in (V2, (*V2, "--timeline"), (*V2, "--arena"), ("memory",)):
        printed = run(*arguments, "--format", format)
        assert printed.status == 0
        path = tmp_path / "result"
        assert run(*arguments, "--format", format, "--output", str(path)).status == 0
        assert path.read_bytes() == printed.out.encode()


def test_memory_imports_neither_torch_nor_numpy() -> None:
    """Planning is on plain integers."""
    code = (
        "import sys; from costcalc.cli import main; main(['memory', 'mobilenetv2', '--order', 'best', '--arena']); "
        "heavy = {'torch', 'numpy', 'sympy', 'pandas'} & sys.modules.keys(); print('heavy:', sorted(heavy))"
    )
    assert python(code).endswith("heavy: []\n")
