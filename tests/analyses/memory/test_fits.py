"""The largest batch that fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.analyses.memory.fits import Fit, fits, largest
from costcalc.analyses.memory.inference import Setting
from costcalc.analyses.memory.training import Training, peak
from costcalc.inference import infer
from costcalc.spec import load


@given(fixed=st.integers(0, 50), each=st.integers(1, 20), size=st.integers(1, 2000), least=st.integers(1, 2))
def test_bisection_finds_what_counting_up_finds(fixed: int, each: int, size: int, least: int) -> None:
    """The last batch that fits, with its bytes; or 0, with those of the least."""

    def need(batch: int) -> int:
        return max(fixed + each * batch, 3 * fixed)

    fitting = [batch for batch in range(least, 2100) if need(batch) <= size]
    expected = Fit(fitting[-1], need(fitting[-1]), least) if fitting else Fit(0, need(least), least)
    assert largest(need, size, least) == expected


@pytest.mark.parametrize("name", ["lenet5", "mobilenetv2-reduced"])
def test_the_batch_fits_and_one_more_does_not(name: str) -> None:
    """At the very peaks of the other tables."""
    one = infer(load(name))
    training = Training(optimizer="adam", precision="autocast")
    (row,) = fits([one], 50_000_000, training, Setting()).rows
    assert peak(one, training._replace(batch=row["training"])).bytes == row["training_bytes"] <= 50_000_000
    assert peak(one, training._replace(batch=row["training"] + 1)).bytes > 50_000_000


def test_a_device_of_just_the_bytes_of_a_batch_holds_it() -> None:
    """And one of a byte less holds one image less."""
    one = infer(load("mobilenetv2-reduced"))
    need = peak(one, Training(5)).bytes
    assert fits([one], need, Training(), Setting()).rows[0]["training"] == 5
    assert fits([one], need - 1, Training(), Setting()).rows[0]["training"] == 4


def test_a_device_too_small_for_one_image_holds_none() -> None:
    """Of one model among several, for training alone or for both, with what one image takes."""
    small, large = infer(load("lenet5")), infer(load("vgg16"))
    made = fits([small, large], 600_000_000, Training(), Setting())
    assert made.rows[0]["training"] > 0
    assert made.rows[1]["training"] == 0
    assert made.rows[1]["training_bytes"] is None
    assert made.rows[1]["inference"] > 0
    need = peak(large, Training(1)).bytes
    assert f"vgg16, training: none fits; a batch of 1 image takes {need:,} bytes." in made.notes
    nothing = fits([large], 1, Training(), Setting())
    assert [nothing.rows[0][name] for name in ("training", "inference")] == [0, 0]


def test_a_model_that_trains_from_two_images_on_is_asked_for_two() -> None:
    """A batch norm over one value of an image."""
    one = infer(load("deeplabv3-mobilenetv1"))
    need = peak(one, Training(2)).bytes
    assert fits([one], need, Training(), Setting()).rows[0]["training"] == 2
    made = fits([one], need - 1, Training(), Setting())
    assert made.rows[0]["training"] == 0
    assert f"deeplabv3-mobilenetv1, training: none fits; a batch of 2 images takes {need:,} bytes." in made.notes
