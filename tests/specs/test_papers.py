"""The shipped documents: the figures that people quote, and what the audit says of them."""

from __future__ import annotations

import pytest

from costcalc import infer, load
from costcalc.audit import Finding, audit, document, shipped_documents
from costcalc.memory.materialised import largest


@pytest.fixture(scope="module")
def findings() -> dict[str, Finding]:
    """All findings, by name."""
    return {finding.id: finding for finding in audit(map(document, shipped_documents()))}


@pytest.mark.parametrize(
    ("id", "printed", "verdict", "derived"),
    [
        # the totals of the models have tests of their own; here it is the verdicts that are under test
        ("dominguez-same-but-better/params-standard", "4,278,048", "does not follow", 3_519_720),
        ("dominguez-same-but-better/params-reduced", "709,120", "does not follow", 1_327_274),
        ("dominguez-same-but-better/blocks", "17", "does not follow", 18),
        # of the first: 1,327,274 twice, 384*16*16 twice, 960*160; of the second: 3,519,720 twice, 96*(112*112 + 56*56),
        # and the classifier's 1280*1000; all times 4
        ("dominguez-same-but-better/memory-reduced", "4.6M", "does not follow", 12_019_024),
        ("dominguez-same-but-better/memory-standard", "47M", "does not follow", 39_298_880),
        ("dominguez-same-but-better/equation-reduced-feature-map", "196608", "exact", 384 * 16 * 16 * 2),
        ("dominguez-same-but-better/table11-mobilenetv2", "531M", "does not follow", 311_762_816),
        ("dominguez-same-but-better/vgg16-disk", "553M", "rounds", 4 * 138_357_544),
        # (960 + 160) * 8 * 8; at stride 2 the project works on 8 x 8, and not on the 16 x 16 of its block's input
        ("dominguez-same-but-better/a1-row2", "71,680", "exact", 71_680),
        ("dominguez-same-but-better/a1-row11", "122,880", "does not follow", (384 + 96) * 8 * 8),
        ("dominguez-same-but-better/a2-filter1", "40960", "exact", 160 * 256),
        ("dominguez-same-but-better/a2-filter3", "8294400", "does not follow", 9 * 960),
        ("dominguez-same-but-better/a2-macs12", "339738624", "does not follow", 9 * 384 * 8 * 8),
        ("mehta-reducing-mobilenetv2/params-a", "2.3M", "explained", 2_237_770),
        ("mehta-reducing-mobilenetv2/params-b", "1.6M", "does not follow", 1_484_874),
        # a scale and a shift for each output: 2 * (16 + 2*24 + 3*32 + 4*64 + 3*96 + 3*160 + 320)
        ("mehta-reducing-mobilenetv2/drop", "0.1M", "does not follow", 3008),
        ("mobilenets-post/layers", "28", "exact", 1 + 13 * 2 + 1),
        ("mobilenets-post/share-macs", "95%", "rounds", None),
        ("mobilenets-post/share-params", "75%", "explained", None),
        ("mobilenets-final-report/results-100-224-params", "4.25M", "explained", 3_329_976),
        ("mobilenets-final-report/results-075-192-params", "2.60M", "explained", 1_908_840),
        ("mobilenets-final-report/baseline-100-224-params", "3.3M", "rounds", 3_329_976),
        ("mobilenets-final-report/baseline-075-224-params", "1.9M", "rounds", 1_908_840),
        ("mobilenets-final-report/baseline-075-192-macs", "239M", "rounds", 238_597_632),
        ("mobilenetv2-notes/bottlenecks", "19", "does not follow", 1 + 2 + 3 + 4 + 3 + 3 + 1),
        ("mobilenetv2-notes/ssdlite-params", "7", "rounds", None),
        ("mobilenetv2-notes/ssdlite-macs", "4", "does not follow", None),
        ("mobilenetv2-notes/yolo-macs", "20", "rounds", None),
        ("mobilenetv2-notes/yolo-params", "10", "rounds", None),
        ("mobilenetv2-notes/deeplab-macs", "5 to 6", "rounds", None),
        ("mobilenetv1/table4-conv-macs", "4866M", "does not follow", 4_867_293_184),
        ("mobilenetv1/table5-shallow-macs", "307M", "rounds", 307_323_392),
        ("mobilenetv2/table3-v2-56-channels", "32", "does not follow", 24),
        ("mobilenetv2/table3-shuffle-28-channels", "400", "does not follow", 2 * 240),
        ("mobilenetv2/table4-v2-params", "3.4M", "explained", 3_504_872),
        ("mobilenetv2/table4-v2-14-params", "6.9M", "does not follow", 6_108_776),
        ("mobilenetv2/table5-ssdlite-macs", "0.35B", "does not follow", 177_617_344),
        ("mobilenetv2/table6-v2-macs", "0.8B", "rounds", 788_830_144),
        ("mobilenetv2/table6-yolov2-params", "50.7M", "does not follow", 67_445_065),
        ("mobilenetv2/table6-ssd512-macs", "99.5B", "does not follow", 98_628_936_704),
        ("mobilenetv2/table7-v1-macs", "14.25B", "does not follow", 12_760_886_976),
        ("mobilenetv2/table7-resnet-params", "58.16M", "explained", 58_630_997 - 9 * 256 * 256 - 2 * 256),
        ("keras/mobilenet-params", "4,253,864", "explained", 4_231_976),
        ("shufflenet/table1-g4-macs", "133M", "explained", 134_339_776),
        ("darknet/yolov2-1", "34.90B", "explained", 17_449_063_424),
    ],
)
def test_what_the_audit_says_of_a_figure(
    findings: dict[str, Finding], id: str, printed: str, verdict: str, derived: int | None
) -> None:
    """The figure as it is printed, the verdict, and what follows."""
    finding = findings[id]
    assert (finding.claim.printed, finding.verdict) == (printed, verdict)
    if derived is not None:
        assert finding.derived.number == derived


def test_the_memory_of_the_reduced_version_is_its_elements(findings: dict[str, Finding]) -> None:
    """(709,120 + 709,120 + 196,608 + 2,983,984) is 4,598,832, a quarter of the bytes that the equation gives."""
    slips = dict(findings["dominguez-same-but-better/memory-reduced"].others)
    assert slips["slip"].number == 18_395_328 // 4 == 4_598_832


def test_a_sentence_on_one_network_is_audited_of_one_network(findings: dict[str, Finding]) -> None:
    """20 times the work and 10 times the parameters of YOLOv2: of the later release both, 18.7 and 11.8 times."""
    macs, params = (findings[f"mobilenetv2-notes/yolo-{each}"] for each in ("macs", "params"))
    first, second = ({term.graph.name: term.graph.knobs for term in each.derived.terms} for each in (macs, params))
    assert first == second
    # 14,732,084,224 / 788,830,144 and 50,962,889 / 4,337,013
    assert (round(float(macs.derived.number), 1), round(float(params.derived.number), 1)) == (18.7, 11.8)


@pytest.mark.parametrize(("id", "beside"), [("vgg16-params", 32), ("alexnet-params", 45), ("alexnet-macs", 9.4)])
def test_the_ratios_of_one_sentence_are_cut_off_alike(findings: dict[str, Finding], id: str, beside: float) -> None:
    """32.7, 45.8 and 9.47 are 32, 45 and 9.4: one convention explains them all."""
    finding = findings[f"mobilenetv1/prose-{id}"]
    (explanation,) = finding.claim.others["explanation"]
    assert explanation.conventions == ("truncated",)
    assert float(finding.figure.low) == beside


@pytest.mark.parametrize("id", ["mobilenetv1/table4-conv-macs", "mobilenetv2/table5-ssdlite-macs"])
def test_a_count_that_the_row_beside_it_does_not_share_is_a_slip(findings: dict[str, Finding], id: str) -> None:
    """A column compares its rows: 4866M without the classifier, 0.35B in FLOPs are not what 569M and 1.25B are."""
    assert not findings[id].claim.others["explanation"]
    assert [role for role, _ in findings[id].others].count("slip") == 1


def test_the_stem_of_tensorflows_resnet101_gives_the_papers_parameters(findings: dict[str, Finding]) -> None:
    """58,164,437: two 3x3 more, of 64 and 128, for the 7x7, and 128 channels into the first block."""
    explanation = dict(findings["mobilenetv2/table7-resnet-params"].others)["explanation"]
    # 58,040,661 of torchvision's without the 3x3 of its head; stem 112,832 for 9,536; 64 * (64 + 256) more weights
    assert explanation.number == 58_040_661 + 112_832 - 9_536 + 20_480 == 58_164_437


@pytest.mark.parametrize(
    ("model", "column", "knobs"),
    [("mobilenetv1", "v1", {}), ("mobilenetv2", "v2", {}), ("shufflenet", "shuffle", {"groups": 3, "scale": 2})],
)
def test_the_tensors_of_table_3_are_those_that_must_be_there_as_a_whole(
    findings: dict[str, Finding], model: str, column: str, knobs: dict[str, int]
) -> None:
    """The parts that the claims name are the largest tensors which the analysis of memory finds by itself."""
    found = largest(infer(load(model), knobs), in_parts=model != "mobilenetv1")
    for size, tensor in found.items():
        cell = f"mobilenetv2/table3-{column}-{size}"
        assert findings[f"{cell}-channels"].derived.number == tensor.channels
        assert findings[f"{cell}-memory"].derived.number == 2 * tensor.elements
    assert set(found) >= {56, 28, 14, 7, 1}
    greatest = max(tensor.elements for tensor in found.values())
    assert findings[f"mobilenetv2/table3-{column}-max"].derived.number == 2 * greatest


@pytest.mark.parametrize("name", shipped_documents())
def test_a_document_says_what_it_is_and_quotes_what_it_claims(name: str) -> None:
    """Title, authors, source; and every claim of a document of which there is a text has a quotation or an image."""
    one = document(name)
    assert one.title
    assert one.authors
    assert one.source
    assert one.claims
    if one.coverage is not None:
        assert [claim.id for claim in one.claims if claim.text is None and "image" not in claim.place] == []


def test_a_quotation_is_short() -> None:
    """It is there for its number."""
    texts = [claim.text for name in shipped_documents() for claim in document(name).claims if claim.text]
    assert max(map(len, texts)) < 120


def test_the_five_documents_have_no_number_that_is_not_accounted_for() -> None:
    """Their texts are not part of the project; what was found in them is."""
    covered = {name: document(name).coverage for name in shipped_documents()}
    assert {name: sum(counts.values()) for name, counts in covered.items() if counts} == {
        "dominguez-same-but-better": 936,
        "mehta-reducing-mobilenetv2": 103,
        "mobilenets-final-report": 176,
        "mobilenets-post": 191,
        "mobilenetv2-notes": 76,
    }
