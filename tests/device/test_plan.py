"""A digest tells one architecture from another."""

from costcalc.device.plan import digest
from tests.measure.graphs import graph, layer


def test_outputs_belong_to_an_architecture() -> None:
    """What is kept to the end, and what a backward pass begins at: one, the other, or both."""
    made = [
        graph(
            (2, 8, 8),
            ("left", layer("conv", out=3, kernel=1, bias=True)),
            ("right", layer("conv", out=3, kernel=1, bias=True), ["left"]),
            outputs=outputs,
        )
        for outputs in (("left",), ("right",), ("left", "right"))
    ]
    assert len({digest(each) for each in made}) == 3
