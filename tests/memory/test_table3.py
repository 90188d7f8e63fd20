"""The MobileNetV2 paper's Table 3 beside costcalc's."""

import pytest

from costcalc.inference import infer
from costcalc.memory.materialised import largest
from costcalc.memory.table3 import MAXIMUM, MODELS, PAPER, follows, printed_as, table3
from costcalc.outputs import render
from costcalc.spec import load

GRAPHS = {model.name: infer(load(model.name), model.knobs) for model in MODELS}

CELLS = {
    # channels x size x size x 2 bytes: 64*112*112*2 = 1605632
    "mobilenetv1": ((64, 1605632), (128, 802816), (256, 401408), (512, 200704), (1024, 100352), (1024, 2048)),
    # 16*112*112*2 = 401408, 24*56*56*2 = 150528, 32*28*28*2 = 50176, 96*14*14*2 = 37632, 320*7*7*2 = 31360
    "mobilenetv2": ((16, 401408), (24, 150528), (32, 50176), (96, 37632), (320, 31360), (1280, 2560)),
    # the first layer is made in parts; 48*56*56*2 = 301056, then 480, 960 and 1920 channels
    "shufflenet": ((None, None), (48, 301056), (480, 752640), (960, 376320), (1920, 188160), (1920, 3840)),
}

MARKED = {
    ("mobilenetv1", "7 x 7"),
    *(("mobilenetv2", size) for size in ("56 x 56", "28 x 28", "14 x 14", "7 x 7")),
    *(("shufflenet", size) for size in ("112 x 112", "28 x 28", "14 x 14", "7 x 7", "1 x 1", "maximum")),
}


def test_every_cell_is_the_architectures() -> None:
    """Channels and bytes at 16 bits of the largest tensors, size by size, and their maximum."""
    rows = table3(GRAPHS).rows
    for name, cells in CELLS.items():
        found = [(row["channels"], row["bytes"]) for row in rows if row["model"] == name]
        greatest = max((cell for cell in cells if cell[1]), key=lambda cell: cell[1] or 0)
        assert found == [*cells, greatest]


def test_every_cell_that_does_not_follow_is_marked_and_explained() -> None:
    """And no other: an explanation of a cell that follows would be wrong."""
    table = table3(GRAPHS)
    assert {(row["model"], row["size"]) for row in table.rows if not row["follows"]} == MARKED
    for row in table.rows:
        explained = [note for note in table.notes if note.startswith(f"{row['model']}, {row['size']}: ")]
        assert len(explained) == (not row["follows"])
    reasons = [(name, size) for name, cells in PAPER.items() for size, cell in cells.items() if cell.why]
    assert len(reasons) == len(MARKED)


def test_the_explanations_are_true() -> None:
    """What they say of widths and sizes holds in the architectures."""
    ours = {name: largest(graph, in_parts=name != "mobilenetv1") for name, graph in GRAPHS.items()}
    v1, v2 = PAPER["mobilenetv1"], PAPER["mobilenetv2"]
    assert printed_as(2 * ours["mobilenetv1"][7].elements * 2, v1[7].kilobytes + 1)  # twice 100,352 is 200,704
    outputs = {(node.shape[0], node.shape[1]) for node in GRAPHS["mobilenetv2"].nodes if "project" in node.path}
    for size in (56, 28, 14):
        channels = v2[size].channels
        assert channels is not None
        assert (channels, size) not in outputs
        assert (channels, size // 2) in outputs
        assert printed_as(channels * size * size * 2, v2[size].kilobytes)
    two_groups = largest(infer(load("shufflenet"), {"groups": 2, "scale": 2}), in_parts=True)
    for size in (28, 14, 7, 1):
        assert follows(PAPER["shufflenet"][size], two_groups[size])
    assert largest(GRAPHS["shufflenet"])[112].channels == 48
    assert printed_as(32 * 112 * 112 * 2, PAPER["shufflenet"][112].kilobytes)
    assert PAPER["shufflenet"][MAXIMUM].kilobytes == PAPER["shufflenet"][28].kilobytes


@pytest.mark.parametrize(
    ("size", "kilobytes", "fits"),
    [
        (1605632, 1600, True),  # 1605.6, cut to two digits
        (802816, 800, True),
        (2560, 2, True),  # 2.56, cut
        (2560, 3, True),  # 2.56, rounded
        (627200, 600, True),  # 627.2, to one digit
        (62720, 62, True),
        (31360, 32, False),  # 31.36 of 1000 bytes, 30.6 of 1024
        (31360, 31, True),
        (100352, 199, False),
        (401408, 0, False),
    ],
)
def test_a_cell_may_be_rounded_or_cut_at_any_digit(size: int, kilobytes: int, fits: bool) -> None:
    """Of 1000 or of 1024 bytes: the paper says neither."""
    assert printed_as(size, kilobytes) is fits


def test_another_type_changes_the_bytes_and_not_the_marks() -> None:
    """The paper's cells are at 16 bits, whatever ours are shown at."""
    wide, narrow = table3(GRAPHS, "fp32"), table3(GRAPHS, "int8")
    for a, b, c in zip(wide.rows, table3(GRAPHS).rows, narrow.rows, strict=True):
        assert a["follows"] == b["follows"] == c["follows"]
        assert a["bytes"] is None or a["bytes"] == 2 * b["bytes"] == 4 * c["bytes"]
    assert "Memory, fp32 (bytes)" in render(wide)
