"""The MobileNetV2 paper's Table 3 beside costcalc's."""

from costcalc.audit.table3 import table3
from costcalc.inference import infer
from costcalc.memory.materialised import largest
from costcalc.outputs import render
from costcalc.spec import load

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
    rows = table3().rows
    for name, cells in CELLS.items():
        found = [(row["channels"], row["bytes"]) for row in rows if row["model"] == name]
        greatest = max((cell for cell in cells if cell[1]), key=lambda cell: cell[1] or 0)
        assert found == [*cells, greatest]


def test_every_cell_that_does_not_follow_is_marked_and_explained() -> None:
    """And no other: an explanation of a cell that follows would be wrong."""
    table = table3()
    assert {(row["model"], row["size"]) for row in table.rows if not row["follows"]} == MARKED
    for row in table.rows:
        explained = [note for note in table.notes if note.startswith(f"{row['model']}, {row['size']}: ")]
        assert len(explained) == (not row["follows"])


def test_the_explanations_are_true() -> None:
    """What the document says of the first layer of ShuffleNet holds; what it says of others, the audit checks."""
    graphs = {scale: infer(load("shufflenet"), {"scale": scale}) for scale in (1, 2)}
    assert {scale: largest(graph)[112].channels for scale, graph in graphs.items()} == {1: 24, 2: 48}
    assert 112 not in largest(graphs[2], in_parts=True)


def test_another_type_changes_the_bytes_and_not_the_marks() -> None:
    """The paper's cells are at 16 bits, whatever ours are shown at."""
    wide, narrow = table3("fp32"), table3("int8")
    for a, b, c in zip(wide.rows, table3().rows, narrow.rows, strict=True):
        assert a["follows"] == b["follows"] == c["follows"]
        assert a["bytes"] is None or a["bytes"] == 2 * b["bytes"] == 4 * c["bytes"]
    assert "Memory, fp32 (bytes)" in render(wide)
