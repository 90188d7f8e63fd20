"""The largest batch that fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.memory.fits import Fit, fits, largest
from costcalc.memory.training import Training, TrainingStep, figures
from costcalc.spec import load


@given(fixed=st.integers(0, 50), each=st.integers(1, 20), size=st.integers(1, 2000), least=st.integers(1, 2))
def test_bisection_finds_what_counting_up_finds(fixed: int, each: int, size: int, least: int) -> None:
    """The last batch that fits, with its bytes; or 0, with those of the least."""

    def need(batch: int) -> int:
        return max(fixed + each * batch, 3 * fixed)

    fitting = [batch for batch in range(least, 2100) if need(batch) <= size]
    expected = Fit(fitting[-1], need(fitting[-1]), least) if fitting else Fit(0, need(least), least)
    assert largest(need, size, least) == expected


def need_of(graph: Graph, training: Training) -> int:
    """The bytes of a plain step."""
    return TrainingStep(graph, training).peak(training.batch, in_place=True).bytes


@pytest.mark.parametrize("name", ["lenet5", "mobilenetv2-reduced", "resnet18"])
def test_the_batch_fits_and_one_more_does_not(name: str) -> None:
    """At the very peak of a plain step."""
    one = infer(load(name))
    training = Training(optimizer="adam", precision="autocast")
    (row,) = fits([one], 300_000_000, training).table.rows
    assert need_of(one, training._replace(batch=row["training"])) == row["training_bytes"] <= 300_000_000
    assert need_of(one, training._replace(batch=row["training"] + 1)) > 300_000_000


def test_a_device_of_just_the_bytes_of_a_batch_holds_it() -> None:
    """And one of a byte less holds one image less."""
    one = infer(load("mobilenetv2-reduced"))
    need = need_of(one, Training(5))
    assert fits([one], need).table.rows[0]["training"] == 5
    assert fits([one], need - 1).table.rows[0]["training"] == 4


def test_a_plain_step_fits_where_one_under_a_dispatch_mode_would_not() -> None:
    """Gradients that meet are added in place on the device: what is said not to fit there must not fit."""
    one = infer(load("resnet18"))
    step = figures(one, Training(2))
    plain = max(step.plain.bytes, step.step.bytes)
    assert plain < step.peak.bytes
    made = fits([one], plain).table
    assert (made.rows[0]["training"], made.rows[0]["training_bytes"]) == (2, plain)
    assert "in-place gradient accumulation" in " ".join(made.notes)


def test_a_device_too_small_for_one_image_holds_none() -> None:
    """Of one model among several, for training alone or for both, with what one image takes."""
    small, large = infer(load("lenet5")), infer(load("vgg16"))
    made = fits([small, large], 600_000_000).table
    assert made.rows[0]["training"] > 0
    assert made.rows[1]["training"] == 0
    assert made.rows[1]["training_bytes"] is None
    assert made.rows[1]["inference"] > 0
    need = need_of(large, Training(1))
    assert f"vgg16, training: no batch fits; a batch of 1 image requires {need:,} bytes." in made.notes
    nothing = fits([small, large], "1MB")
    assert [nothing.table.rows[1][name] for name in ("training", "inference")] == [0, 0]
    assert nothing.misfits == ["vgg16"]


def test_a_model_that_trains_from_two_images_on_is_asked_for_two() -> None:
    """A batch norm over one value of an image."""
    one = infer(load("deeplabv3-mobilenetv1"))
    need = need_of(one, Training(2))
    assert fits([one], need).table.rows[0]["training"] == 2
    made = fits([one], need - 1).table
    assert made.rows[0]["training"] == 0
    assert f"deeplabv3-mobilenetv1, training: no batch fits; a batch of 2 images requires {need:,} bytes." in made.notes


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 300)), max_size=5),
    st.integers(1, 5000),
    st.integers(0, 200_000),
    st.integers(1, 3),
)
def test_the_largest_batch_of_any_straight_pieces(
    pieces: list[tuple[int, int]], slope: int, size: int, least: int
) -> None:
    """It fits, and one more image does not; nothing fits only if the least does not; no batch is tried twice."""
    tried: list[int] = []

    def need(batch: int) -> int:
        tried.append(batch)
        return max(fixed + each * batch for fixed, each in (*pieces, (0, slope)))

    fit = largest(need, size, least)
    assert len(set(tried)) == len(tried)
    assert fit.bytes == need(fit.batch or least)
    if fit.batch:
        assert fit.batch >= least
        assert need(fit.batch) <= size < need(fit.batch + 1)
    else:
        assert need(least) > size


@pytest.mark.parametrize("size", [10**3, 10**6, 10**12])
def test_a_few_batches_are_tried_and_not_one_by_one(size: int) -> None:
    """On a straight line four, far away or not: the first two, the one past the crossing, and the one before it."""
    tried: list[int] = []

    def need(batch: int) -> int:
        tried.append(batch)
        return 100 + 3 * batch

    last = (size - 100) // 3
    assert largest(need, size).batch == last
    assert tried == [1, 2, last + 1, last]
