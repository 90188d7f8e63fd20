"""Published accuracies and times, by model and knobs."""

from __future__ import annotations

import pytest

from costcalc import load
from costcalc.audit import document, published, shipped_documents
from costcalc.audit.published import knobs_of
from costcalc.audit.read import read_published
from costcalc.errors import SpecError, UsageError
from costcalc.spec.shipped import shipped_file


@pytest.mark.parametrize(
    ("model", "knobs", "values"),
    [
        # MobileNetV2, Table 4; Dominguez, Table 10
        ("mobilenetv2", {}, [71.81, 72.0]),
        ("mobilenetv2", {"alpha": 1.4}, [74.7]),
        # MobileNets, Table 7; TensorFlow's mobilenet_v1.md
        ("mobilenetv1", {"resolution": 192}, [69.1, 70.0]),
        ("mobilenetv1", {"resolution": 192, "alpha": 1.0, "rho": 1.0, "num_classes": 1000}, [69.1, 70.0]),
        ("mobilenetv1-shallow", {}, [65.3]),
        ("mobilenetv2", {"alpha": 1.41}, []),
        ("resnet101", {}, []),
    ],
)
def test_accuracies_are_found_by_model_and_knobs(model: str, knobs: dict[str, float], values: list[float]) -> None:
    """Knobs that are not given are at their defaults, in the document as in the question."""
    assert sorted(figure.value for figure in published(model, knobs)) == values


def test_data_set_and_measure_narrow_the_search() -> None:
    """Times of several devices, forward and backward."""
    knobs = {"resolution": 704}
    times = published("mobilenetv2-replicate-b", knobs, measure="time", data="")
    assert {(time.device, time.of, time.value) for time in times} == {
        ("Xeon E5-1650", "forward", 540.0),
        ("Xeon E5-1650", "backward", 860.0),
        ("1080Ti", "forward", 9.7),
        ("1080Ti", "backward", 22.3),
        ("Xeon Gold 6144", "forward", 598.0),
        ("Xeon Gold 6144", "backward", 987.0),
        ("V100", "forward", 5.1),
        ("V100", "backward", 12.9),
    }
    assert {time.unit for time in times} == {"ms"}
    assert published("mobilenetv1", {"num_classes": 120}) == ()
    assert {each.value for each in published("mobilenetv1", {"num_classes": 120}, data="Stanford Dogs")} == {83.3, 77.6}


def test_a_document_of_ones_own_is_searched_likewise() -> None:
    """Only those that are given."""
    found = published("mobilenetv1", documents=[document("tf-slim")])
    assert [figure.value for figure in found] == [70.9]


def test_an_unknown_knob_is_refused() -> None:
    """It is a mistake, and not a variant of which nothing is published."""
    with pytest.raises(UsageError, match="no knob width"):
        published("mobilenetv2", {"width": 2})


@pytest.mark.parametrize("name", shipped_documents())
def test_the_short_way_to_published_figures_gives_all_of_them(name: str) -> None:
    """Reading that part alone gives what reading the whole document gives, at the same lines."""
    path, file = shipped_file("papers", name)
    for model in {figure.subject.model for figure in document(name).published if figure.subject}:
        whole = [figure._replace(subject=None) for figure in document(name).published]
        part = read_published(path, file, model)
        assert [figure._replace(subject=None) for figure in part] == whole
        lines = [figure.subject.node.line for figure in document(name).published if figure.subject]
        assert [figure.subject.node.line for figure in part if figure.subject] == lines


def test_every_published_figure_has_knobs_that_its_model_has() -> None:
    """Or looking for another would stumble over it."""
    count = 0
    for name in shipped_documents():
        for figure in document(name).published:
            if figure.subject is not None:
                spec = load(figure.subject.model)
                spec.knob_values(knobs_of(spec, figure.subject))
                count += 1
    assert count > 150


def test_a_wrong_knob_in_a_document_is_told_at_its_line(tmp_path) -> None:
    """File, line and column are the document's."""
    path = tmp_path / "own.yaml"
    path.write_text(
        "title: T\nauthors: A\nsource: S\npublished:\n"
        "  - {place: x, measure: top1, data: ImageNet, model: mobilenetv2, knobs: {alfa: 1}, printed: 70}\n"
    )
    with pytest.raises(SpecError, match=r"own\.yaml:5:81: .*no knob alfa"):
        published("mobilenetv2", documents=[document(str(path))])
