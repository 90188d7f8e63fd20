"""A page in a browser: what no test of its text can see."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not here: it is one of the extra [dev]")

from playwright.sync_api import Browser

from costcalc.outputs.page import html
from costcalc.outputs.page.document import MOST, Document, Section
from costcalc.outputs.units import line
from tests.outputs.charts.tables import CHARTED, EVIL, MARKS
from tests.outputs.page.browser import Opened, chromium, needs_chromium, opened
from tests.outputs.page.documents import DOCUMENT, LONG
from tests.outputs.tables import NAMES

pytestmark = needs_chromium

EDGES = "(element) => { const box = element.getBoundingClientRect(); return [box.left, box.right]; }"

SLACK = 24
"""The pixels by which a text may be longer in this system's font than in the one that the chart was measured with."""

LUMINANCE = """(selector) => {
  const parse = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const part = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const weigh = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const luminance = (colour) => weigh(parse(colour).map(part));
  const paper = luminance(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll(selector)].map((element) => {
    const style = getComputedStyle(element);
    const drawn = style.fill === "none" ? style.stroke : style.fill;
    const ink = luminance(element.namespaceURI.endsWith("svg") ? drawn : style.color);
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  });
}"""
"""The contrast of each element to the page's background. Source: WCAG 2.2, contrast ratio and relative luminance."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as a file."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html.render(DOCUMENT), encoding="utf-8")
    return path


@pytest.fixture
def shown(browser: Browser, file: Path) -> Iterator[Opened]:
    """The page, opened."""
    with opened(browser, file) as found:
        yield found


def column(shown: Opened, place: int, table: int = 1) -> list[str]:
    """The texts of a column of the table number ``table``, of the rows that are shown."""
    rows = shown.page.locator("table").nth(table).locator("tbody tr:visible")
    return rows.locator(f"td:nth-child({place + 1})").all_inner_texts()


def test_nothing_leaves_the_page_and_nothing_is_complained_of(shown: Opened, file: Path) -> None:
    """One request, for the file itself; an empty console; no dialog that a name opened."""
    shown.page.locator("summary").first.click()
    assert shown.requests == [file.as_uri()]
    assert shown.complaints == []


def test_the_policy_stops_what_a_mistake_would_let_in(shown: Opened) -> None:
    """Even a script that gets into the page cannot fetch: this shows that the check above can fail."""
    assert shown.page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'fetched', () => 'refused')") == "refused"
    assert any("Content Security Policy" in each for each in shown.complaints)


def test_a_table_sorts_by_its_numbers(shown: Opened) -> None:
    """The greatest first, then the least, then as it was; aria-sort says which."""
    heading = shown.page.locator("table").nth(1).locator("th").nth(2)
    given = column(shown, 2)
    assert given == [str(n) for n in range(40)]
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert column(shown, 2) == given[::-1]
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert column(shown, 2) == given
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") is None


def test_a_table_sorts_by_its_texts_and_shapes(shown: Opened) -> None:
    """Texts from A to Z first; a shape by its elements; rows that are equal stay in their order."""
    headings = shown.page.locator("table").nth(1).locator("th")
    headings.nth(0).locator("button").click()
    assert column(shown, 0) == ["linear"] * 20 + ["stem"] * 20
    assert column(shown, 2)[:3] == ["1", "3", "5"]
    headings.nth(1).locator("button").click()
    assert column(shown, 1) == ["1000"] * 20 + ["32 x 112 x 112"] * 20
    assert headings.nth(0).get_attribute("aria-sort") is None


BLANK = "const cell = document.querySelectorAll('table')[1].tBodies[0].rows[3].cells[2]; delete cell.dataset.value"


def test_what_has_no_number_comes_last(shown: Opened) -> None:
    """In either direction."""
    shown.page.evaluate(f"() => {{ {BLANK}; cell.textContent = ''; }}")
    button = shown.page.locator("table").nth(1).locator("th").nth(2).locator("button")
    for least_or_greatest in ("39", "0"):
        button.click()
        found = column(shown, 2)
        assert (found[0], found[-1], len(found)) == (least_or_greatest, "", 40)


def test_a_table_filters(shown: Opened) -> None:
    """Rows with all words, in any case, and how many; the total stays as it is."""
    shown.page.locator("input[type=search]").fill("STEM 75")
    assert column(shown, 0) == ["stem"] * 20
    assert shown.page.locator("output").inner_text() == "20 of 40 rows"
    shown.page.locator("input[type=search]").fill("no such layer")
    assert column(shown, 0) == []
    shown.page.locator("input[type=search]").fill("")
    assert len(column(shown, 0)) == len(LONG.rows)


def test_the_keyboard_sorts_too(shown: Opened) -> None:
    """A heading is a button."""
    shown.page.locator("table").nth(1).locator("th button").nth(2).focus()
    shown.page.keyboard.press("Enter")
    assert column(shown, 2)[0] == "39"


@pytest.mark.parametrize("chart", CHARTED)
def test_a_chart_is_there_with_its_marks(chart: str, shown: Opened) -> None:
    """As many as the table has numbers, each of them inside the picture and said to who cannot see it."""
    figure = shown.page.locator(f"figure.chart[data-chart='{chart}']").first
    left, right = figure.locator("svg").evaluate(EDGES)
    for key, count in MARKS[chart].items():
        marks = figure.locator(f".{key} > *").evaluate_all(f"(marks) => marks.map({EDGES})")
        assert len(marks) == count
        for start, end in marks:
            assert left - SLACK <= start <= end <= right + SLACK


def test_names_are_read_as_they_are(shown: Opened) -> None:
    """In the table of odd names and in the picture of the graph."""
    assert column(shown, 0, table=0) == [" ".join(line(name).split()) for name in NAMES]
    texts = shown.page.locator("figure.chart[data-chart='graph'] .names_marks text").all_text_contents()
    assert texts == [line(name) for name in EVIL]
    assert shown.page.title() == DOCUMENT.title


def test_a_fold_opens(shown: Opened) -> None:
    """What waits behind a caption is there."""
    fold = shown.page.locator("details.chart").first
    assert not fold.locator("svg").is_visible()
    fold.locator("summary").click()
    assert fold.locator("svg").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_both_themes(browser: Browser, file: Path, scheme: str) -> None:
    """Texts have a contrast of 4.5, marks of 3 (WCAG 2.2, AA), on a background of that theme."""
    with opened(browser, file, scheme=scheme) as shown:
        for texts in ("h1, h2, h3, p, td, th, li, dt, dd, figcaption, summary, code, a", "svg text"):
            found = shown.page.evaluate(LUMINANCE, texts)
            assert found
            assert min(found) >= 4.5
        marks = shown.page.evaluate(LUMINANCE, "svg .role-mark path")
        assert min(marks) >= 3
        background = shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.parametrize("width", [320, 390, 800, 1600])
def test_nothing_is_wider_than_the_screen(browser: Browser, file: Path, width: int) -> None:
    """Tables and formulas scroll in their own frames; no letter of a chart is below 8 pixels."""
    with opened(browser, file, width=width) as shown:
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
        size = shown.page.evaluate(
            "Math.min(...[...document.querySelectorAll('figure.chart > svg')]"
            ".map((svg) => 11 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))"
        )
        assert size >= 8


def test_the_page_is_whole_without_scripts(browser: Browser, file: Path) -> None:
    """Tables and charts are there; the filter, which would do nothing, is not."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator("table").count() == 3
    assert page.locator("svg").count() == len(CHARTED) + 1
    assert not page.locator("input").is_visible()
    context.close()


def test_rows_beyond_the_first_are_shown_on_demand(browser: Browser, tmp_path: Path) -> None:
    """Sorting and filtering look at all rows; a button shows more of them."""
    rows = [{"name": f"layer{n}", "shape": (n,), "macs": 1000 * n, "share": n / 1200} for n in range(1200)]
    table = LONG._replace(title="Deep", rows=rows)
    path = tmp_path / "deep.html"
    path.write_text(html.render(Document("D", [Section("s", "S", [table])], "c", "1")), encoding="utf-8")
    with opened(browser, path) as shown:
        assert len(column(shown, 0, table=0)) == MOST
        more = shown.page.locator(".more button")
        more.click()
        assert len(column(shown, 0, table=0)) == 2 * MOST
        more.click()
        assert column(shown, 2, table=0)[-1] == "1,199,000"
        assert not more.is_visible()
        shown.page.locator("th button").nth(2).click()
        assert column(shown, 0, table=0)[:2] == ["layer1199", "layer1198"]
        assert column(shown, 3, table=0)[0] == "99.9%"  # 1199 / 1200
        shown.page.locator("input[type=search]").fill("LAYER119")
        assert column(shown, 0, table=0) == [f"layer{n}" for n in (*range(1199, 1189, -1), 119)]
        assert shown.page.locator(".filter output").inner_text() == "11 of 1,200 rows"
        assert shown.complaints == []
