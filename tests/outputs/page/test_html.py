"""Documents as one HTML page; what a browser makes of it is tested in test_browser."""

import re
from html.parser import HTMLParser

import pytest

from costcalc.outputs import charts
from costcalc.outputs.page import html
from costcalc.outputs.units import line
from tests.outputs.charts.tables import EVIL
from tests.outputs.page.documents import DOCUMENT, LONG
from tests.outputs.tables import NAMES, SMALL


class Page(HTMLParser):
    """The elements of a page, their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str) -> int:
        """How many elements of this kind there are."""
        return sum(tag == name for name, _ in self.elements)


@pytest.fixture(scope="module")
def text() -> str:
    """The page."""
    return html.render(DOCUMENT)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    """The page, parsed."""
    return Page(text)


def test_a_name_is_text_wherever_it_stands(text: str, page: Page) -> None:
    """In titles, captions, cells, notes, charts, the command: no element comes from it."""
    assert page.count("script") == 1
    assert page.count("img") == page.count("b") == 0
    assert f"What {EVIL[0]} costs" in page.texts
    for name in NAMES:
        assert line(name) in page.texts
    assert "onerror" not in {key for _, attributes in page.elements for key in attributes}


def test_nothing_is_fetched(page: Page) -> None:
    """No address but those inside the page, and a policy that forbids all others."""
    for tag, attributes in page.elements:
        for key in ("src", "href", "data", "action", "xlink:href", "srcset"):
            value = attributes.get(key)
            assert value is None or value.startswith("#") or value == "data:,", (tag, key, value)
    policy = next(a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")


def test_styles_fetch_nothing(text: str) -> None:
    """No import and no address in the style sheet."""
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert style
    assert "@import" not in style
    assert "url(" not in style


def test_the_policy_names_the_script_that_is_there(text: str) -> None:
    """By its digest, so that no other script would run."""
    from base64 import b64encode
    from hashlib import sha256

    script = text.partition("<script>")[2].partition("</script>")[0]
    assert f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in text


def test_every_part_is_there(page: Page) -> None:
    """A section, a table, a chart, a formula each."""
    assert page.count("section") == len(DOCUMENT.sections)
    assert page.count("table") == 3
    assert page.count("svg") == len(charts.CHARTS) + 1
    assert page.count("math") == 1
    assert page.count("mfrac") == 1
    rows = sum(len(part.rows) for part in (LONG,)) + 2 * len(NAMES)
    assert page.count("tr") == rows + 3 + 1  # a heading for each table, and LONG's total
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert ids == ["first", "second"]


def test_cells_carry_what_they_are_sorted_by(page: Page) -> None:
    """Raw numbers; of a shape, its elements; and the part that a bar shows."""
    cells = [attributes for tag, attributes in page.elements if tag == "td"]
    values = [attributes.get("data-value") for attributes in cells]
    assert str(32 * 112 * 112) in values
    assert values.count("39") == 1  # the last row of LONG
    assert {attributes["style"] for attributes in cells if "style" in attributes} == {
        "--part: 0.7500",
        "--part: 0.2500",
    }


def test_only_long_tables_have_a_filter(page: Page) -> None:
    """One of the three has more rows than fit a screen."""
    assert page.count("input") == 1
    assert len(SMALL.rows) < html.FILTERED < len(LONG.rows)


def test_the_page_says_what_made_it(page: Page) -> None:
    """The command and the version."""
    assert DOCUMENT.command in page.texts
    assert any("Made by costcalc 1.2.3" in each for each in page.texts)


def test_the_same_document_is_the_same_page(text: str) -> None:
    """Byte for byte; no time, no random name."""
    assert html.render(DOCUMENT) == text
    assert not re.search(r"20\d\d-\d\d-\d\d", text)
