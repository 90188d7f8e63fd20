"""Charts of tables."""

import re
from xml.etree import ElementTree

import pytest

from costcalc.errors import CostcalcError, UsageError
from costcalc.outputs import charts
from costcalc.outputs.units import line
from tests.outputs.charts.tables import CHARTED, EVIL, MARKS

SVG = "{http://www.w3.org/2000/svg}"


def test_every_chart_has_a_table_here() -> None:
    """This guards the tests below against leaving one out."""
    assert set(CHARTED) == set(MARKS) == set(charts.CHARTS)


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    """Each chart as SVG."""
    return {name: charts.svg(charts.chart(name, table)) for name, table in CHARTED.items()}


@pytest.mark.parametrize("name", charts.CHARTS)
def test_a_chart_has_a_mark_for_each_number(name: str, drawn: dict[str, str]) -> None:
    """As many bars, points, lines as the table has of them."""
    root = ElementTree.fromstring(drawn[name])
    found = {}
    for key in MARKS[name]:
        groups = [group for group in root.iter(f"{SVG}g") if key in group.get("class", "").split()]
        assert groups, key
        found[key] = sum(len(list(group)) for group in groups)
    assert found == MARKS[name]


@pytest.mark.parametrize("name", charts.CHARTS)
def test_names_are_text_and_nothing_is_fetched(name: str, drawn: dict[str, str]) -> None:
    """No element but those that draw, no reference, no id that two charts of one page could share."""
    root = ElementTree.fromstring(drawn[name])
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "g",
        "path",
        "text",
        "line",
        "rect",
        "title",
    }
    attributes = {key for element in root.iter() for key in element.attrib}
    assert not {
        key for key in attributes if "href" in key or key.startswith("on") or key in ("id", "style", "clip-path")
    }
    shown = [element.text for element in root.iter(f"{SVG}text")]
    if name in ("shares", "graph"):
        assert line(EVIL[4]) in shown


@pytest.mark.parametrize("name", charts.CHARTS)
def test_the_same_table_is_the_same_picture(name: str, drawn: dict[str, str]) -> None:
    """Byte for byte; PDF alone numbers its parts in another order at times."""
    again = charts.chart(name, CHARTED[name])
    assert charts.svg(again) == drawn[name]
    assert charts.png(again) == charts.png(charts.chart(name, CHARTED[name]))


def test_a_chart_becomes_a_file_of_each_form() -> None:
    """SVG, PNG of three pixels to one, PDF."""
    chart = charts.chart("shares", CHARTED["shares"])
    picture = charts.png(chart)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(picture[16:20], "big") == 3 * 400  # IHDR's width
    assert charts.pdf(chart).startswith(b"%PDF-")
    assert charts.svg(chart).startswith("<svg ")


@pytest.mark.parametrize("name", charts.CHARTS)
def test_a_page_can_give_every_colour_its_dark_counterpart(name: str, drawn: dict[str, str]) -> None:
    """Each colour that a chart uses is named in the page's dark theme."""
    from importlib.resources import files

    dark = files("costcalc.outputs.page").joinpath("templates/page.css").read_text(encoding="utf-8")
    used = set(re.findall(r'(fill|stroke)="(#[0-9a-f]{3,6})"', drawn[name]))
    assert used
    for attribute, colour in used:
        assert f'svg [{attribute}="{colour}"]' in dark, (attribute, colour)


def test_an_unknown_chart_names_the_nearest() -> None:
    """A misspelt chart is refused."""
    with pytest.raises(UsageError, match=r"chart = shars: must be one of shares, .* \(did you mean shares\?\)"):
        charts.chart("shars", CHARTED["shares"])


def test_a_table_without_rows_is_a_chart_without_marks() -> None:
    """Nothing to show is no error."""
    for name in ("shares", "memory", "graph"):
        assert charts.svg(charts.chart(name, CHARTED[name]._replace(rows=()))).startswith("<svg ")


def test_of_many_rows_the_greatest_shares_are_drawn() -> None:
    """59 rows and the sum of the others: 1 - 59/1000 of a thousand equal ones but one."""
    rows = tuple({"name": f"s{n}", "macs": 0.001, "params": 0.5 if n == 900 else 0} for n in range(1000))
    table = CHARTED["shares"]._replace(rows=rows)
    bars = charts.chart("shares", table)["data"]["values"]
    names = list(dict.fromkeys(bar["name"] for bar in bars))
    assert len(names) == 60
    assert names[-2:] == ["s900", "941 others"]
    assert [bar["shown"] for bar in bars if bar["name"] == "941 others"] == ["94.1%", "0.0%"]


def test_of_many_steps_a_bar_is_the_greatest_of_several() -> None:
    """1,000 steps are 334 bars of three, the peak among them."""
    rows = tuple({"step": n, "operation": f"o{n}", "live": 9 if n == 700 else 1} for n in range(1000))
    drawn = charts.chart("memory", CHARTED["memory"]._replace(rows=rows))
    bars = drawn["layer"][0]["data"]["values"]
    assert len(bars) == 334
    assert (bars[0]["from"], bars[-1]["to"]) == (-0.5, 999.5)
    (peak,) = [bar for bar in bars if bar["peak"]]
    assert (peak["step"], peak["live"]) == (700, 9)
    assert "a bar is the maximum of 3 steps" in str(drawn)


def test_a_number_of_any_size_and_half_a_character_are_drawn() -> None:
    """vl-convert takes neither: no whole number beyond 64 bits, and no text that is not Unicode."""
    table = CHARTED["memory"]
    rows = [{**row, "operation": "\udcff", "live": 2**100 * row["live"]} for row in table.rows]
    drawn = charts.svg(charts.chart("memory", table._replace(title="\udcff", rows=rows)))
    assert f"{max(row['live'] for row in rows):,} bytes" in drawn


def test_what_vl_convert_refuses_is_said_in_our_words() -> None:
    """No ValueError of the library leaves the package."""
    with pytest.raises(CostcalcError, match='cannot draw the chart as svg: vl-convert says "'):
        charts.svg({"mark": "bar", "encoding": {"x": {"field": 3, "type": "no type"}}, "layer": 7})
