"""A number from elsewhere is explained, the simplest explanation first, or honestly not."""

from random import Random
from typing import Any

import pytest

from costcalc import load
from costcalc.conventions import convention
from costcalc.conventions.measured import FITS, explain
from costcalc.errors import UsageError
from costcalc.figures import count
from costcalc.table import Table


def explained(text: str, model: str = "mobilenetv2", knobs: dict[str, Any] | None = None, **options: Any) -> Table:
    """What is said of a number."""
    return explain(count(text), load(model), knobs or {}, **options)


def first(text: str, *args: Any, **options: Any) -> dict[str, Any]:
    """The simplest explanation: what is counted, by which convention, and what is unusual in it."""
    table = explained(text, *args, **options)
    assert table.about["found"] > 0
    row = table.rows[0]
    assert row["fit"] != "no"
    return {key: row[key] for key in ("what", "convention", "classes", "without", "factor") if row[key]}


MACS = "forward pass, MACs"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("300774272", {"what": MACS, "convention": "costcalc", "classes": "1,000"}),
        ("601548544", {"what": MACS, "convention": "costcalc", "classes": "1,000", "factor": "twice, as FLOPs"}),
        ("300775552", {"what": MACS, "convention": "costcalc", "classes": "1,001"}),
        ("299494272", {"what": MACS, "convention": "costcalc, ptflops-aten", "classes": "no classifier"}),
        ("314193216", {"what": "forward pass, flops", "convention": "fvcore", "classes": "1,000"}),
        # fvcore with a functional mean, which it does not see
        (
            "314130496",
            {
                "what": "forward pass, flops",
                "convention": "fvcore",
                "classes": "1,000",
                "without": "adaptive pooling",
            },
        ),
        ("327486720", {"what": MACS, "convention": "thop", "classes": "1,000"}),
        ("300809384", {"what": "forward pass, mult-adds", "convention": "torchinfo", "classes": "1,000"}),
        ("300775272", {"what": MACS, "convention": "ptflops-aten", "classes": "1,000"}),
        # torchvision adds with +, which ptflops does not see
        ("320300008", {"what": MACS, "convention": "ptflops", "classes": "1,000", "without": "addition"}),
        (
            "2362842112",
            {
                "what": "backward pass, MACs",
                "convention": "costcalc",
                "classes": "1,000",
                "factor": "twice, as FLOPs, 2 images",
            },
        ),
        (
            "23356304896",
            {"what": "backward pass, FLOPs", "convention": "torch", "classes": "1,000", "factor": "2 images"},
        ),
        ("3504872", {"what": "parameters", "classes": "1,000"}),
        ("3469760", {"what": "parameters (weights)", "convention": "costcalc", "classes": "1,000"}),
        ("3538984", {"what": "parameters (stored)", "convention": "costcalc", "classes": "1,000"}),
        ("3521928", {"what": "parameters", "convention": "tf-slim", "classes": "1,000"}),
        ("2236682", {"what": "parameters", "classes": "10"}),
        # keras without its top
        ("2257984", {"what": "parameters (stored)", "convention": "costcalc", "classes": "no classifier"}),
    ],
)
def test_a_number_in_full_is_found_with_its_simplest_explanation(text: str, expected: dict[str, str]) -> None:
    """The numbers that people get for MobileNetV2."""
    found = first(text)
    if "convention" not in expected:
        assert found.pop("convention").split(", ")[0] == "costcalc"
    assert found == expected


@pytest.mark.parametrize(
    ("model", "knobs", "text", "what", "fit"),
    [
        ("mobilenetv1", {}, "569M", MACS, "rounded"),
        ("mobilenetv2", {}, "300M", MACS, "cut off"),  # the paper's 300,774,272
        ("mobilenetv2", {}, "3.4M", "parameters (weights)", "cut off"),  # the paper's 3,469,760
        ("mobilenetv2", {"alpha": 1.4}, "6.06M", "parameters (weights)", "rounded"),
        ("mobilenetv2", {}, "0.301G", MACS, "rounded"),
    ],
)
def test_a_rounded_number_is_found_among_all_that_it_may_stand_for(
    model: str, knobs: dict[str, Any], text: str, what: str, fit: str
) -> None:
    """The simplest first, and whether it was rounded or cut off."""
    table = explained(text, model, knobs)
    assert (table.rows[0]["what"], table.rows[0]["convention"], table.rows[0]["fit"]) == (what, "costcalc", fit)
    assert table.rows[0]["difference"] == table.rows[0]["gives"] - count(text).low


def test_tf_slim_gives_the_four_printed_values_of_mobilenetv1() -> None:
    """mobilenet_v1.md: 4.24, 2.59, 1.34 and 0.47 million."""
    for alpha, text in ((1.0, "4.24M"), (0.75, "2.59M"), (0.5, "1.34M"), (0.25, "0.47M")):
        table = explained(text, "mobilenetv1", {"alpha": alpha}, convention=convention("tf-slim"))
        assert (table.rows[0]["fit"], table.rows[0]["classes"]) == ("rounded", "1,000")


@pytest.mark.parametrize(
    ("model", "knobs", "text", "what", "convention", "factor"),
    [
        # Tables 4 and 5 of the MobileNets paper, arXiv:1704.04861; the convolutions' and the linear layer's MACs
        ("mobilenetv1", {"alpha": 0.5}, "149M", MACS, "costcalc", ""),
        ("mobilenetv1-conv", {}, "4866M", MACS, "costcalc", ""),  # 4,867,293,184 - 1,024,000: without the classifier
        ("mobilenetv1-shallow", {}, "307M", MACS, "costcalc", ""),
        # TF-slim's table of MobileNetV2
        ("mobilenetv2", {"alpha": 0.75}, "209M", MACS, "costcalc", ""),
        ("mobilenetv2", {"alpha": 0.75}, "2.61M", "parameters (weights)", "costcalc", ""),
        # torchvision's metadata: parameters, and thousands of millions of MACs
        ("resnet50", {}, "25,557,032", "parameters", "costcalc", ""),
        ("resnet50", {}, "4.089G", MACS, "costcalc", ""),
        ("resnet101", {}, "7.801G", MACS, "costcalc", ""),
        ("vgg16", {}, "15.47G", MACS, "costcalc", ""),
        ("inception-v3", {}, "5.713G", MACS, "costcalc", ""),
        ("alexnet-torch", {}, "0.714G", MACS, "costcalc", ""),
        # NASNet, arXiv:1707.07012, Table 3
        ("nasnet-mobile", {}, "564M", MACS, "costcalc", ""),
        ("nasnet-mobile", {}, "5.3M", "parameters", "costcalc", ""),
        # FLOPs at 2 per MAC: 2 * 15.47G and 2 * 4.089G
        ("vgg16", {}, "30.9G", MACS, "costcalc", "twice, as FLOPs"),
        ("resnet50", {}, "8.18G", MACS, "costcalc", "twice, as FLOPs"),
    ],
)
def test_published_figures_are_first_what_their_sources_say(
    model: str, knobs: dict[str, Any], text: str, what: str, convention: str, factor: str
) -> None:
    """The convention of the paper stands in the first row."""
    row = explained(text, model, knobs).rows[0]
    assert row["fit"] != "no"
    assert (row["what"], row["convention"].split(", ")[0], row["factor"]) == (what, convention, factor)


def test_numbers_at_random_are_not_explained() -> None:
    """Of a hundred of three digits, between a third of MobileNetV2's MACs and three times them, at most one in ten is.

    `NOISE` bounds the fits that are expected of each number by a quarter; as most explanations give nearly the same,
    far fewer have any.
    """
    random = Random(0)
    texts = [f"{round(300 * 3 ** random.uniform(-1, 1))}M" for _ in range(100)]
    assert sum(explained(text).about["found"] > 0 for text in texts) <= 10
    assert explained("417M").notes[0] == "Nothing plausible gives 417M."


def test_fits_of_many_assumptions_are_noise() -> None:
    """140M for ShuffleNet needs another tool and two terms left out: three digits do not bear that."""
    table = explained("140M", "shufflenet")
    assert (table.about["found"], table.about["noise"]) == (0, 2)
    assert table.notes[0] == "Nothing plausible gives 140M."
    assert table.notes[2].startswith("Noise: 2 more, ")
    # in full, the same number has nine digits of evidence
    exact = explained("140188992", "shufflenet").rows[0]
    assert (exact["convention"], exact["without"]) == ("ptflops", "batch norm and activation")


def test_at_most_ten_explanations_are_shown_and_the_rest_counted() -> None:
    """In a note."""
    table = explained("300M")
    assert len(table.rows) == 10
    more = table.about["found"] - 10
    assert more > 0
    assert f"Not shown: {more} more with as many or more assumptions." in table.notes
    assert not any(note.startswith("Not shown") for note in explained("300M", top=1000).notes)


def test_where_nothing_gives_it_that_is_said_plainly_and_the_nearest_told() -> None:
    """The differences grow from the first row on."""
    table = explained("300774273")
    assert table.about["found"] == 0
    assert table.notes[:2] == [
        "Nothing plausible gives 300774273.",
        "Nearest: forward pass, MACs by costcalc, 300,774,272 (-1).",
    ]
    assert {row["fit"] for row in table.rows} == {"no"}
    away = [abs(row["difference"]) for row in table.rows]
    assert away == sorted(away)
    assert away[0] == 1
    assert "Write a rounded number with a suffix" in explained("301000000").notes[2]


def test_every_row_gives_what_it_says() -> None:
    """Of a rounded number, all that fit, in the order of how much there is to explain."""
    table = explained("300M", top=1000)
    assert table.about["found"] == len(table.rows) > 10
    for row in table.rows:
        assert FITS[count("300M").fit(row["gives"])] == row["fit"]
    assert table.rows[0]["gives"] == 300_774_272


def test_what_was_cut_off_needs_more_explaining_than_what_was_rounded() -> None:
    """299,507,082 rounds to 299.5M, and 299,596,672 would have had to be cut off."""
    rows = explained("299.5M", top=1000).rows
    order = [(row["convention"], row["classes"], row["fit"]) for row in rows if not row["without"]]
    assert order.index(("ptflops-aten", "10", "rounded")) < order.index(("costcalc", "80", "cut off"))


def test_the_search_can_be_narrowed() -> None:
    """To a convention, to a quantity; at most so many rows."""
    (backward,) = explained("300774272", quantity="backward").rows
    assert (backward["what"], backward["without"]) == ("backward pass, MACs", "input gradient")
    for options in ({"convention": convention("keras")}, {"quantity": "params"}):
        assert explained("300774272", **options).about["found"] == 0
    assert {row["convention"] for row in explained("327M", convention=convention("thop")).rows} == {"thop"}
    assert {row["what"] for row in explained("5", quantity="params").rows} <= {
        "parameters",
        "parameters (weights)",
        "parameters (stored)",
    }
    assert len(explained("300M", top=3).rows) == 3


def test_a_number_of_classes_that_is_set_is_not_varied() -> None:
    """No classifier at all is still tried."""
    found = explained("299M", knobs={"num_classes": 10}, top=1000)
    assert {row["classes"] for row in found.rows} == {"10", "no classifier"}
    assert explained("300774272", knobs={"num_classes": 10}).about["found"] == 0


def test_a_model_without_classes_is_searched_too(tmp_path: Any) -> None:
    """Its rows have no number of classes."""
    spec = tmp_path / "plain.yaml"
    spec.write_text("name: plain\ninput: [3, 8, 8]\nlayers:\n  - conv: {out: 4}\n  - batch_norm\n", encoding="utf-8")
    table = explained("768", str(spec))  # 3 * 4 * 64
    assert (table.rows[0]["what"], table.rows[0]["classes"]) == (MACS, "")
    assert table.rows[0]["fit"] == "exactly"


WORK = "FLOPs at 2 per MAC; batches"


@pytest.mark.parametrize(
    ("text", "options", "tried"),
    [
        (
            "7",
            {},
            "every convention; each kind of parameters; forward and backward pass; other class counts and no "
            f"classifier; one or two omitted terms; {WORK}",
        ),
        # a rounded number fits some batch of nearly anything
        (
            "7M",
            {"quantity": "macs"},
            "every convention; forward pass; other class counts and no classifier; one or two omitted terms; FLOPs at "
            "2 per MAC",
        ),
        (
            "7",
            {"convention": convention("thop"), "knobs": {"num_classes": 10}},
            f"the convention thop; parameters; forward pass; no classifier; one or two omitted terms; {WORK}",
        ),
        (
            "7",
            {"convention": convention("costcalc"), "quantity": "params"},
            "the convention costcalc; each kind of parameters; other class counts and no classifier; one or two "
            "omitted terms",
        ),
        (
            "7",
            {"convention": convention("torch"), "quantity": "training"},
            "the convention torch; forward and backward pass; other class counts and no classifier; one or two omitted "
            f"terms; {WORK}",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_was_tried_is_told_and_nothing_that_was_not(text: str, options: dict[str, Any], tried: str) -> None:
    """A search that is narrowed says to what."""
    assert explained(text, **options).notes[-1] == f"Tried: {tried}."


def test_a_convention_that_does_not_count_the_quantity_is_refused() -> None:
    """There would be nothing to search."""
    with pytest.raises(UsageError, match="^keras counts only parameters$"):
        explained("7", convention=convention("keras"), quantity="macs")
    with pytest.raises(UsageError, match="^thop counts only the forward pass$"):
        explained("7", convention=convention("thop"), quantity="backward")


def test_another_number_of_classes_is_no_explanation_where_it_changes_nothing() -> None:
    """LeNet-5's codes are fixed: its 60,000 parameters are trained, however many classes there are."""
    rows = explained("60000", "lenet5", quantity="params").rows
    assert [row["classes"] for row in rows if row["what"] == "parameters" and "costcalc" in row["convention"]] == ["10"]
    # 84 * 10 codes are stored beside them: 60,840; of 100 classes 60,000 + 8,400
    (stored,) = [row for row in explained("68400", "lenet5").rows if row["what"] == "parameters (stored)"]
    assert stored["classes"] == "100"
