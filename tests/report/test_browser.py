"""A real report in a browser."""

from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not here: it is one of the extra [dev]")

from costcalc.outputs.page import html
from costcalc.report.build import report
from tests.outputs.page.browser import chromium, needs_chromium, opened
from tests.report.graphs import subject

pytestmark = needs_chromium

MODELS = ("mobilenetv2-cifar", "mobilenetv2-cifar-replicate-b")


def test_a_report_of_two_models_is_whole(tmp_path: Path) -> None:
    """Nothing is fetched or complained of; each chart has a mark for each number; each layer is a row that filters."""
    subjects = [subject(name) for name in MODELS]
    file = tmp_path / "report.html"
    file.write_text(html.render(report(subjects, "costcalc report")), encoding="utf-8")
    with chromium() as browser, opened(browser, file) as shown:
        page = shown.page
        for fold in page.locator("summary").all():
            fold.click()
        for place, each in enumerate(subjects):
            nodes = each.graph.nodes[1:]
            stages = dict.fromkeys(node.stage for node in nodes)
            bars = page.locator("[data-chart=shares]").nth(place).locator(".shares_marks path")
            assert bars.count() == 3 * len(stages)
            steps = page.locator("[data-chart=memory]").nth(place).locator(".steps_marks path")
            assert steps.count() == len(nodes)
            boxes = page.locator("figure[data-chart=graph]").nth(place).locator(".nodes_marks path")
            assert boxes.count() == 1 + len(stages)
            rows = page.locator("#layers table").nth(place).locator("tbody tr")
            assert rows.locator("td:first-child").all_inner_texts() == [node.path for node in nodes]
            found = sum("batch_norm" in node.path for node in nodes)
            page.locator("#layers input").nth(place).fill("batch_norm")
            assert page.locator("#layers output").nth(place).inner_text() == f"{found} of {len(nodes)} rows"
        accuracy = page.locator("[data-chart=accuracy-macs]").first
        assert accuracy.locator(".mine_marks path").count() == 2
        assert page.locator("math").count() == 4
        assert shown.requests == [file.as_uri()]
        assert shown.complaints == []
