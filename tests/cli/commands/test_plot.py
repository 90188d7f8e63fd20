"""``costcalc plot``."""

from pathlib import Path

import pytest

from costcalc.outputs.charts import CHARTS
from tests.cli.commands.test_report import measured
from tests.cli.runner import refused, run


@pytest.mark.parametrize("chart", [chart for chart in CHARTS if chart != "roofline"])
def test_a_chart_is_the_one_of_the_report(chart: str) -> None:
    """The same SVG, so that a page and a paper show the same."""
    drawn = run("plot", chart, "mobilenetv2").out
    assert drawn.startswith("<svg ")
    page = run("report", "mobilenetv2", "--format", "html").out
    assert drawn in page


def test_the_roofline_is_of_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It needs the two files, and a time of the model."""
    monkeypatch.chdir(tmp_path)
    options = measured(tmp_path)
    assert run("plot", "roofline", "lenet5-dense", *options).out.startswith("<svg ")
    assert refused("plot", "roofline", "lenet5").startswith("a roofline requires measurements: --results FILE")
    assert refused("plot", "roofline", "lenet5", *options).startswith("results.jsonl: no measured inference of lenet5")
    assert refused("plot", "shares", "lenet5", *options) == "--results requires CHART roofline"


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<svg "), ("PNG", b"\x89PNG"), ("pdf", b"%PDF-")])
def test_the_name_of_the_file_asks_for_a_form(suffix: str, start: bytes, tmp_path: Path) -> None:
    """Text, pixels, or a page; --format wins where it is there."""
    path = tmp_path / f"shares.{suffix}"
    assert run("plot", "shares", "lenet5", "--output", str(path)) == (0, "", f"wrote {path}\n")
    assert path.read_bytes().startswith(start)
    assert run("plot", "shares", "lenet5", "--format", "svg", "--output", str(path)).status == 0
    assert path.read_bytes().startswith(b"<svg ")


def test_what_cannot_be_is_one_message(tmp_path: Path) -> None:
    """Another chart, another suffix, bytes on stdout, several models, nothing published, too many steps."""
    assert refused("plot", "share", "lenet5") == (
        f"CHART share: must be one of {', '.join(CHARTS)} (did you mean shares?)"
    )
    assert refused("plot").startswith("plot requires CHART (One of shares, memory,")
    assert "no MODEL given" in refused("plot", "shares")
    said = refused("plot", "shares", "lenet5", "--output", str(tmp_path / "shares.jpg"))
    assert said.endswith("must end in .svg, .png or .pdf (--format overrides the file extension)")
    assert refused("plot", "shares", "lenet5", "--format", "png") == (
        "--format png is binary and requires --output (--output FILE.png)"
    )
    assert refused("plot", "memory", "lenet5", "vgg16") == "chart memory takes exactly one model, not lenet5 and vgg16"
    assert refused("plot", "accuracy-macs", "lenet5") == (
        "no document of specs/papers publishes an accuracy of lenet5 at these knobs"
    )
    assert "more than a picture of 400 can show" in refused("plot", "graph", "nasnet-large")
    assert list(tmp_path.iterdir()) == []
