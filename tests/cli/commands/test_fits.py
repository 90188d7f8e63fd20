"""``costcalc fits``."""

import json

import pytest

from tests.cli.runner import python, refused, run


def row(*arguments: str) -> dict[str, int]:
    """The only row of ``costcalc fits ARGUMENTS``."""
    result = run("fits", *arguments, "--format", "json")
    assert (result.status, result.err) == (0, "")
    (found,) = json.loads(result.out)["rows"]
    return found


def test_gb_and_gib_are_two_sizes() -> None:
    """1,000,000,000 bytes and 1,073,741,824; the title says which."""
    smaller, larger = (row("mobilenetv2", "--device", size) for size in ("1GB", "1GiB"))
    assert smaller["training"] < larger["training"]
    assert smaller["training_bytes"] <= 1_000_000_000 < larger["training_bytes"] <= 1_073_741_824
    assert run("fits", "lenet5", "--device", "1GiB").out.startswith("Largest batch in 1GiB, 1,073,741,824 bytes\n")


def test_each_option_of_the_training_has_its_effect() -> None:
    """More state, fewer images; smaller numbers or fewer kept, more."""
    plain = row("resnet18", "--device", "1GB")
    assert row("resnet18", "--device", "1GB", "--optimizer", "adam")["training"] < plain["training"]
    assert row("resnet18", "--device", "1GB", "--autocast")["training"] > plain["training"]
    assert row("resnet18", "--device", "1GB", "--checkpoint")["training"] > plain["training"]
    assert row("resnet18", "--device", "1GB", "--freeze", "stem", "--freeze", "stage*")["training"] > plain["training"]
    half = row("resnet18", "--device", "1GB", "--bf16")
    assert half["training"] > plain["training"]
    assert half["inference"] > plain["inference"]
    assert row("resnet18", "--resolution", "64", "--device", "1GB")["training"] > plain["training"]


def test_a_device_that_no_batch_fits_is_a_check_that_failed() -> None:
    """The table still says how much one image takes; every model that fits in neither way is named."""
    result = run("fits", "lenet5", "vgg16", "alexnet", "--device", "1MiB")
    assert result.status == 1
    assert (
        result.err == "costcalc: error: no batch of vgg16 or alexnet fits 1MiB, neither in training nor at inference\n"
    )
    assert "vgg16, training: no batch fits; a batch of 1 image requires " in result.out
    assert "vgg16, inference: no batch fits; a batch of 1 image requires " in result.out


def test_a_device_that_fits_inference_alone_is_an_answer() -> None:
    """No batch to train with, and one to run."""
    found = row("vgg16", "--device", "600MB")
    assert found["training"] == 0 < found["inference"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("vgg16",), "fits requires --device (The memory of the device, "),
        (("--device", "8GB"), "no MODEL given"),
        (("vgg16", "--device", "8"), "--device 8: has no unit (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"),
        (("vgg16", "--device", "-8GB"), "--device -8GB: must be a size such as 512KiB or 8GB"),
        (("vgg16", "--device", "0GB"), "--device 0GB: must be a whole number of bytes, at least 1"),
        (("vgg16", "--device", "8gb"), "--device 8gb: gb is no unit"),
        (("vgg16", "--device", "8GB", "--optimizer", "adm"), "--optimizer adm: must be one of sgd, momentum,"),
        (
            ("vgg16", "--device", "8GB", "--bf16", "--autocast"),
            "--autocast cannot be combined with --bf16 (--autocast sets the types itself)",
        ),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], message: str) -> None:
    """In one line that says what would be right."""
    assert refused("fits", *arguments).startswith(message)


@pytest.mark.parametrize("arguments", [("fits", "lenet5", "--device", "8GB"), ("memory", "lenet5", "--training")])
def test_training_and_fits_import_neither_torch_nor_numpy(arguments: tuple[str, ...]) -> None:
    """It is all whole numbers."""
    code = (
        f"import sys; from costcalc.cli import main; main({list(arguments)!r}); "
        "heavy = {'torch', 'numpy', 'sympy', 'pandas'} & sys.modules.keys(); print('heavy:', sorted(heavy))"
    )
    assert python(code).endswith("heavy: []\n")
