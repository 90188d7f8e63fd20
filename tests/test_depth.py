"""The depth of a graph."""

from pathlib import Path

import pytest

from costcalc.depth import depth, on_deepest_path
from costcalc.inference import infer
from costcalc.spec import load
from tests.spec.writing import graph


@pytest.mark.parametrize(
    ("model", "layers"),
    [
        ("vgg16", 16),  # its name: 13 convolutions and 3 linear layers
        ("resnet18", 18),  # its name; the 1x1 convolutions of shortcuts lie beside two convolutions
        ("resnet50", 50),
        ("resnet101", 101),
        ("alexnet", 8),  # Krizhevsky et al. 2012: five convolutional and three fully-connected layers
        ("mobilenetv1", 28),  # Howard et al. 2017, section 3.2: 28 layers, depthwise and pointwise counted apart
        ("mobilenetv2", 53),  # stem, 2 in the first bottleneck, 3 in each of 16, head, classifier
    ],
)
def test_depth_is_that_of_the_papers(model: str, layers: int) -> None:
    """Layers with weights on the longest way count, as in the names and texts of the papers."""
    assert depth(infer(load(model))) == layers


def test_the_layers_of_one_deepest_path_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two branches only the deeper one counts, and a layer without weights counts nothing."""
    monkeypatch.chdir(tmp_path)
    made = graph(
        """
        input: [4, 8, 8]
        layers:
          - conv: {name: a, out: 4}
          - add:
              - [conv: {name: b, out: 4}, relu, conv: {name: c, out: 4}]
              - [conv: {name: d, out: 4}]
        """
    )
    counted = {node.path for node, count in zip(made.nodes, on_deepest_path(made), strict=True) if count}
    assert {path.rpartition(".")[2] for path in counted} == {"a", "b", "c"}
