"""``costcalc memory --training``."""

import json
from typing import Any

import pytest

from costcalc.inference import infer
from costcalc.memory.training import Training, figures
from costcalc.spec import load
from tests.cli.runner import refused, run


def table(*arguments: str) -> dict[str, Any]:
    """What ``costcalc memory --training ARGUMENTS`` says in JSON."""
    result = run("memory", "--training", *arguments, "--format", "json")
    assert (result.status, result.err) == (0, "")
    return json.loads(result.out)


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ((), Training()),
        (("--batch", "3", "--optimizer", "adam"), Training(3, "adam")),
        (("--bf16", "--optimizer", "momentum"), Training(1, "momentum", "bf16")),
        (("--dtype", "bf16"), Training(1, "sgd", "bf16")),
        (("--autocast", "--checkpoint", "--optimizer=rmsprop"), Training(1, "rmsprop", "autocast", checkpoint=True)),
        (("--freeze", "stem", "--freeze", "stage[12]"), Training(freeze=("stem", "stage[12]"))),
    ],
)
def test_every_option_reaches_the_analysis(arguments: tuple[str, ...], expected: Training) -> None:
    """Each part of a step, as the analysis has it."""
    found = table("resnet18", *arguments)
    made = figures(infer(load("resnet18")), expected)
    values = [row["bytes"] for row in found["rows"]]
    parts = (made.weights, made.buffers, made.state, made.given, made.gradients, made.saved)
    assert values == [*parts, made.forward.bytes, made.backward.bytes, made.step.bytes]
    assert found["total"]["bytes"] == made.peak.bytes
    assert found["about"]["peak"]["resnet18"] == {"phase": made.phase, **made.peak._asdict()}
    asked = json.loads(json.dumps(expected._asdict()))
    assert {name: found["about"][name] for name in asked} == asked


def test_a_formula_stands_beside_with_its_author() -> None:
    """In a column of its own, its terms beside what they stand for."""
    result = run("memory", "mobilenetv2", "--training", "--formula", "dominguez-same-but-better", "--notes")
    assert "Dominguez, section 5.1 (bytes)" in result.out
    assert 'Nancy Dominguez, "MobileNetV2: The Same but Better"' in result.out
    found = table("mobilenetv2", "--formula", "dominguez-same-but-better")
    assert found["total"]["formula"] == sum(row.get("formula") or 0 for row in found["rows"])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("vgg16", "--training", "--batch", "0"), "--batch 0: must be a whole number of at least 1"),
        (("vgg16", "--training", "--batch", "-1"), "--batch -1: must be a whole number of at least 1"),
        (("vgg16", "--training", "--optimizer", "adm"), "--optimizer adm: must be one of sgd, momentum, rmsprop, adam"),
        (("vgg16", "--training", "--fp16"), "training in fp16: must be one of fp32, bf16, autocast"),
        (("vgg16", "--training", "--int8"), "training in int8: must be one of fp32, bf16, autocast"),
        (("vgg16", "--training", "--formula", "seed1"), "--formula seed1: must be one of dominguez-same-but-better"),
        (
            ("vgg16", "--training", "--autocast", "--bf16"),
            "--autocast cannot be combined with --bf16 (--autocast sets the types itself)",
        ),
        (
            ("vgg16", "--training", "--split", "2"),
            "--split cannot be combined with --training (it applies to inference only)",
        ),
        (
            ("vgg16", "--training", "--timeline", "--formula", "dominguez-same-but-better"),
            "--formula cannot be combined with --timeline (--formula adds a column to the summary)",
        ),
        (("vgg16", "--optimizer", "adam"), "--optimizer requires --training"),
        (("vgg16", "--formula", "dominguez-same-but-better"), "--formula requires --training"),
        (("vgg16", "--checkpoint"), "--checkpoint requires --training"),
        (("--training",), "--training requires MODEL"),
        (("deeplabv3-mobilenetv1", "--training"), "head.mean.batch_norm: batch = 1: batch norm needs"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], message: str) -> None:
    """In one line that says what would be right."""
    assert refused("memory", *arguments).startswith(message)
