"""Published accuracies beside costs."""

from costcalc.analyses.cost import total_macs
from costcalc.audit import document, published, shipped_documents
from costcalc.report.accuracy import accuracies
from tests.report.graphs import graph


def test_a_model_stands_among_all_that_is_published_of_its_data_set() -> None:
    """Each printed accuracy as it is printed, over what costcalc counts for that variant."""
    (table,) = accuracies([graph("mobilenetv2", alpha=1.4)])
    assert table.about == {"measure": "top1", "data": "ImageNet"}
    mine = [row for row in table.rows if row["mine"]]
    assert {(row["published"], row["macs"]) for row in mine} == {
        (each.value, total_macs(graph("mobilenetv2", alpha=1.4))) for each in published("mobilenetv2", {"alpha": 1.4})
    }
    assert len(table.rows) > 30
    other = next(row for row in table.rows if row["variant"] == "mobilenetv1 alpha 0.75")
    assert other["published"] == 68.4  # arXiv:1704.04861, Tables 5 and 6, which print 325 million for it
    assert other["macs"] == total_macs(graph("mobilenetv1", alpha=0.75))
    assert round(other["macs"] / 1e6) == 325
    assert not other["mine"]


def test_every_row_is_printed_somewhere() -> None:
    """No accuracy that a document does not have, none twice from one place."""
    (table,) = accuracies([graph("mobilenetv2")])
    printed = {
        (source.title, each.place, each.value)
        for source in map(document, shipped_documents())
        for each in source.published
    }
    assert {(row["document"], row["place"], row["published"]) for row in table.rows} <= printed


def test_an_error_on_another_data_set_is_a_table_of_its_own() -> None:
    """CIFAR-10 and CIFAR-100 are not ImageNet, and an error is no accuracy."""
    found = accuracies([graph("mobilenetv2-cifar"), graph("mobilenetv2")])
    assert {(table.about["measure"], table.about["data"]) for table in found} >= {
        ("error", "CIFAR-10"),
        ("top1", "ImageNet"),
    }


def test_other_knobs_have_no_accuracy() -> None:
    """What nobody trained has none, and none is made up."""
    assert accuracies([graph("mobilenetv2", resolution=320)]) == []


def test_another_model_of_the_same_name_has_none() -> None:
    """A file that calls itself mobilenetv2 and is another architecture was never trained by anybody."""
    other = graph("mobilenetv2", t=5)
    as_if = other._replace(knobs={**other.knobs, "t": 6})
    assert accuracies([as_if]) == []
    assert accuracies([graph("mobilenetv2")._replace(name="mine")]) == []


def test_a_variant_has_one_name_however_a_document_writes_it() -> None:
    """Knobs at their defaults are not told: MobileNetV1 of the paper is that of the table with alpha 1.0."""
    (table,) = accuracies([graph("mobilenetv1")])
    assert {row["variant"] for row in table.rows if row["mine"]} == {"mobilenetv1"}
    assert len({row["document"] for row in table.rows if row["mine"]}) >= 2
    assert "mobilenetv1 alpha 0.5 resolution 160" in {row["variant"] for row in table.rows}
