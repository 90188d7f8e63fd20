"""Real architectures in the language, with the numbers that their papers' own arithmetic gives."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from costcalc.analyses.cost import total_macs, total_params
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.spec import load
from tests.spec.writing import node, shapes

DATA = Path(__file__).parent / "data"


def _graph(name: str, **knobs: object) -> Graph:
    return infer(load(str(DATA / f"{name}.yaml")), knobs)


# An Inception block


def test_an_inception_block_concatenates_four_chains() -> None:
    """Module A of Inception V3: 64 + 64 + 96 + 32 channels, all at 35 x 35."""
    graph = _graph("inception")
    assert node(graph, "a.concat").shape == (64 + 64 + 96 + 32, 35, 35)
    assert [shape[0] for shape in node(graph, "a.concat").input_shapes] == [64, 64, 96, 32]
    module = [n for n in graph.nodes if n.path.startswith("a.")]
    # 192*64 + (192*48 + 48*25*64) + (192*64 + 64*9*96 + 96*9*96) + 192*32 = 254976
    assert sum(n.params["weights"] for n in module) == 254_976
    # two for each of 64 + (48 + 64) + (64 + 96 + 96) + 32 = 464 channels: 928
    assert sum(n.params["trainable"] for n in module) == 254_976 + 928


def test_a_chain_of_an_inception_block_may_split_again() -> None:
    """Module E: 320 + (384 + 384) + (384 + 384) + 192 = 2048, the splits being concatenations of their own."""
    graph = _graph("inception")
    assert node(graph, "e.concat").shape == (2048, 35, 35)
    assert [shape[0] for shape in node(graph, "e.concat").input_shapes] == [320, 768, 768, 192]
    assert node(graph, "e.split1.concat").inputs != node(graph, "e.split2.concat").inputs


# A ResNet block with a projection


def test_a_resnet_projects_its_shortcut_where_shape_or_width_changes_and_only_there() -> None:
    """The first block of each stage, though the first stage has stride 1."""
    paths = [n.path for n in _graph("resnet50").nodes if n.path.endswith("shortcut.conv")]
    assert paths == [f"stage{i}.1.shortcut.conv" for i in (1, 2, 3, 4)]


def test_resnet_50_has_the_parameters_and_macs_of_torchvisions() -> None:
    """Its metadata: 25,557,032 parameters and 4.089 G."""
    graph = _graph("resnet50")
    assert total_params(graph)["trainable"] == 25_557_032
    assert round(total_macs(graph) / 10**9, 3) == 4.089


def test_a_variant_is_what_extends_its_base_with_one_definition() -> None:
    """ResNet-101: 44,549,160 parameters and 7.801 G; 17 blocks more in the third stage."""
    graph = _graph("resnet101")
    assert total_params(graph)["trainable"] == 44_549_160
    assert round(total_macs(graph) / 10**9, 3) == 7.801
    assert node(graph, "stage3.23.add").shape == (1024, 14, 14)


# A NASNet cell


def test_a_nasnet_cell_adds_five_pairs_of_two_named_inputs() -> None:
    """With 4 filters over 16 channels, the previous tensor having 8 at twice the size."""
    graph = _graph("nasnet", cells=1)
    cell = [n for n in graph.nodes if n.path.startswith("cell.1.normal.")]
    assert Counter(n.layer.type for n in cell)["add"] == 5
    assert node(graph, "cell.1.normal.concat").shape == (6 * 4, 8, 8)
    # prev is halved: two 1x1 from 8 to 2 (2*8*2 = 32), norm 8; cur is fitted: 16*4 = 64, norm 8.
    # A separable 5x5 twice over: 2 * (25*4 + 4*4 + 8) = 248; a 3x3: 2 * (9*4 + 4*4 + 8) = 120.
    # x1 and x2 are a 5x5 and a 3x3 each, x5 a 3x3: 2 * 368 + 120 = 856.
    assert sum(n.params["trainable"] for n in cell) == 32 + 8 + 64 + 8 + 856


def test_a_cell_takes_the_last_two_cells_through_the_repeat() -> None:
    """The second: the first's 24 channels, fitted; and the 16 before it, fitted too."""
    graph = _graph("nasnet")
    assert node(graph, "cell.2.normal.h.conv").input_shapes == ((24, 8, 8),)
    assert node(graph, "cell.2.normal.p.fit.conv").input_shapes == ((16, 8, 8),)
    assert "cell.2.normal.p.halve.relu" not in shapes(graph)


def test_a_cells_input_of_the_right_size_and_width_is_left_as_it_is() -> None:
    """With filters as wide as the tensor before."""
    graph = _graph("nasnet", filters=16)
    assert node(graph, "cell.2.normal.p.identity").shape == (16, 8, 8)


# A head that taps the inside of a repeated block; a model with several outputs


def test_a_head_taps_the_inside_of_a_repeated_block_of_a_backbone() -> None:
    """SSDLite: the expansion of the first block of stride 32, 96 * 6 = 576 channels at 320 / 16 = 20."""
    graph = _graph("ssdlite")
    tapped = graph.nodes[node(graph, "map1.1.boxes.depthwise.conv").inputs[0]]
    assert tapped.path.startswith("backbone.stage6.1.expand.")
    assert tapped.shape == (576, 20, 20)
    assert not any(n.path.startswith("backbone.classifier") for n in graph.nodes)


def test_a_model_may_have_several_outputs_each_of_several_tensors() -> None:
    """Boxes 4 * anchors, scores anchors * 81; at 20, 10, 5 and 3."""
    graph = _graph("ssdlite")
    found = {output.name: graph.nodes[output.node].shape for output in graph.outputs}
    assert found == {
        "map1.1.boxes": (12, 20, 20),
        "map1.1.scores": (243, 20, 20),
        "map2.1.boxes": (24, 10, 10),
        "map2.1.scores": (486, 10, 10),
        "map3.1.boxes": (24, 5, 5),
        "map3.1.scores": (486, 5, 5),
        "map4.1.boxes": (24, 3, 3),
        "map4.1.scores": (486, 3, 3),
    }


def test_an_output_that_is_dropped_is_skipped() -> None:
    """A row zero times."""
    outputs = _graph("ssdlite", head="coarse").outputs
    assert [output.name.split(".")[0] for output in outputs] == ["map2", "map2", "map3", "map3", "map4", "map4"]


# A backbone used with until and max_stride


@pytest.mark.parametrize(
    ("output_stride", "stage3", "stage4", "size"),
    [
        # (stride, dilation) of the 3x3 of each block. torchvision's _make_layer: the first block of a stage that is
        # dilated keeps the dilation so far, with stride 1; the others have the dilation times the stage's stride.
        (8, [(1, 1)] + 5 * [(1, 2)], [(1, 2)] + 2 * [(1, 4)], 28),
        (16, [(2, 1)] + 5 * [(1, 1)], [(1, 1)] + 2 * [(1, 2)], 14),
        (32, [(2, 1)] + 5 * [(1, 1)], [(2, 1)] + 2 * [(1, 1)], 7),
    ],
)
def test_max_stride_dilates_as_torchvisions_replace_stride_with_dilation(
    output_stride: int, stage3: list[tuple[int, int]], stage4: list[tuple[int, int]], size: int
) -> None:
    """ResNet-50: (False, True, True) is output stride 8, (False, False, True) is 16."""
    graph = _graph("backbone", output_stride=output_stride)
    stages = {1: 3 * [(1, 1)], 2: [(2, 1)] + 3 * [(1, 1)], 3: stage3, 4: stage4}
    for stage, blocks in stages.items():
        for block, (stride, dilation) in enumerate(blocks, 1):
            path = f"backbone.stage{stage}.{block}"
            conv = node(graph, f"{path}.filter.conv").layer
            assert (conv.stride, conv.dilation) == ((stride, stride), (dilation, dilation))  # type: ignore[attr-defined]
            for one in ("reduce", "expand"):
                conv = node(graph, f"{path}.{one}.conv").layer
                assert (conv.stride, conv.dilation) == ((1, 1), (1, 1))  # type: ignore[attr-defined]
        shortcut = node(graph, f"backbone.stage{stage}.1.shortcut.conv").layer
        assert shortcut.stride == (blocks[0][0],) * 2  # type: ignore[attr-defined]
        assert shortcut.dilation == (1, 1)  # type: ignore[attr-defined]
    assert graph.nodes[-1].shape == (2048, size, size)
    assert graph.nodes[-1].path == "backbone.stage4.3.relu"


def test_a_capped_stride_changes_no_parameter() -> None:
    """Dilation is free of weights."""
    found = {stride: total_params(_graph("backbone", output_stride=stride)) for stride in (1, 2, 4, 8, 16, 32)}
    assert len({tuple(sorted(params.items())) for params in found.values()}) == 1


def test_a_used_model_takes_its_knobs_from_the_line_and_ends_at_until() -> None:
    """MobileNetV2 at half width: head 1280, never narrower."""
    graph = _graph("ssdlite", alpha=0.5)
    assert node(graph, "backbone.stage6.1.expand.conv").shape == (288, 20, 20)
    assert node(graph, "backbone.head.conv").shape == (1280, 10, 10)
