"""``costcalc models``."""

import json

from costcalc.spec import shipped_models
from tests.cli.runner import run


def test_every_shipped_model_is_listed_with_its_costs() -> None:
    """A row for each, with title, source, knobs and their defaults, parameters and MACs."""
    value = json.loads(run("models", "--format", "json").out)
    rows = {row["model"]: row for row in value["rows"]}
    assert list(rows) == shipped_models()
    v2 = rows["mobilenetv2"]
    assert (v2["params"], v2["macs"], v2["title"]) == (3_504_872, 300_774_272, "MobileNetV2")
    assert "1801.04381" in v2["source"]
    assert v2["knobs"] == "alpha=1.0 resolution=224 num_classes=1000 t=6"
    assert value["about"]["knobs"]["mobilenetv2"] == {"alpha": 1.0, "resolution": 224, "num_classes": 1000, "t": 6}
