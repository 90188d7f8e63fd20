"""The catalogue of models: what each costs, at the knobs that its graph was made with."""

from costcalc.analyses.cost import catalogue
from tests.measure.graphs import graph, layer


def test_the_catalogue_has_a_row_for_each_graph() -> None:
    """In their order; trainable parameters and MACs are sums over the nodes."""
    small = graph((3, 4, 4), ("conv", layer("conv", out=2)), ("norm", layer("batch_norm")))
    graphs = [small._replace(name="b", title="The second", knobs={"alpha": 0.5, "wide": False}), small]
    table = catalogue(graphs, {"b": "a paper", "by hand": ""})
    # 3 * 2 weights, a scale and a shift for each of 2 channels; 6 weights at 16 positions
    costs = {"params": 6 + 4, "macs": 96}
    assert list(table.rows) == [
        {"model": "b", "title": "The second", **costs, "knobs": "alpha=0.5 wide=false", "source": "a paper"},
        {"model": "by hand", "title": "A graph made by hand", **costs, "knobs": "", "source": ""},
    ]
    assert table.about["knobs"] == {"b": {"alpha": 0.5, "wide": False}, "by hand": {}}
