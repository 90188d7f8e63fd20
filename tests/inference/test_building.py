"""Layers that are the same are made once, and layers that only look the same are not."""

from tests.spec.writing import graph, refusal

HEAD = "input: [8, 8, 8]\n"


def test_the_same_layer_on_the_same_shapes_is_counted_once() -> None:
    """At each place there is a node of its own, with its own path and inputs; what it costs is one object."""
    first, second = graph(HEAD + "layers:\n  - repeat: {n: 2, layers: [conv: {out: 8, kernel: 3}]}\n").nodes[1:]
    assert (first.path, second.path) == ("repeat.1.conv", "repeat.2.conv")
    assert (first.inputs, second.inputs) == ((0,), (1,))
    assert first.layer is second.layer
    assert first.params is second.params
    assert first.params["trainable"] == 8 * 8 * 9


def test_other_arguments_or_other_shapes_are_another_layer() -> None:
    """A bias more, a stride, and what is behind the stride."""
    text = "layers:\n  - conv: {out: 8, kernel: 3}\n  - conv: {out: 8, kernel: 3, bias: true}\n"
    text += "  - conv: {out: 8, kernel: 3, stride: 2}\n  - conv: {out: 8, kernel: 3}\n"
    nodes = graph(HEAD + text).nodes[1:]
    assert [node.params["trainable"] for node in nodes] == [576, 584, 576, 576]
    assert [node.ledger["macs"] for node in nodes] == [576 * 64, 576 * 64, 576 * 16, 576 * 16]


def test_what_is_equal_in_python_is_not_the_same_argument() -> None:
    """1 == True and 3 == 3.0: the second of the two lines is refused as it would be alone."""
    line = "  - conv: {{out: 8, kernel: {}, bias: {}}}\n"
    for wrong in (line.format(3, "1"), line.format("3.0", "true"), line.format("[3, 3.0]", "true")):
        good = line.format("[3, 3]" if "[" in wrong else 3, "true")
        alone = refusal(HEAD + "layers:\n" + wrong).partition("layers[0]")[2]
        after = refusal(HEAD + "layers:\n" + good + wrong).partition("layers[1]")[2].replace("conv2", "conv")
        assert after == alone != ""
