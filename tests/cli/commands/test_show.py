"""``costcalc show``."""

import json
from pathlib import Path

from tests.cli.runner import refused, run

SPEC = """
name: small
input: [3, 8, 8]
layers:
  - conv: {name: first, out: 4, kernel: 3, stride: 2}
  - repeat:
      n: 2
      name: body
      layers: [conv: {name: mix, out: 4, kernel: [1, 3]}, relu]
  - global_avg_pool
  - linear: {out: 2}
"""


def test_the_tree_has_the_layers_with_what_they_cost(tmp_path: Path) -> None:
    """Each leaf has its arguments that are no defaults, the shape of its output, parameters and MACs."""
    path = tmp_path / "small.yaml"
    path.write_text(SPEC, encoding="utf-8")
    result = run("show", str(path))
    assert (result.status, result.err) == (0, "")
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    assert lines[0] == "small"
    assert "first conv(out=4, kernel=3, stride=2) 4 x 4 x 4 108 1,728" in lines  # 3*3*3*4 = 108, times 4*4 = 1728
    assert sum("├─ mix conv(out=4, kernel=[1, 3]) 4 x 4 x 4 48 768" in line for line in lines) == 2
    assert any(line.startswith("linear linear(out=2) 2 10 8") for line in lines)
    assert any(line.startswith("total 214 3,272") for line in lines)  # 108 + 2*48 + 10; 1728 + 2*768 + 8
    assert "small by costcalc's convention: 3,272 MACs = 6,544 FLOPs." in lines


def test_the_other_forms_have_a_row_for_each_layer(tmp_path: Path) -> None:
    """With all arguments, inputs and shapes as lists."""
    path = tmp_path / "small.yaml"
    path.write_text(SPEC, encoding="utf-8")
    value = json.loads(run("show", str(path), "--format", "json").out)
    assert [row["type"] for row in value["rows"]][:3] == ["input", "conv", "conv"]
    assert value["rows"][1]["shape"] == [4, 4, 4]
    assert value["rows"][1]["macs"] == 1728
    assert "dilation=[1, 1]" in value["rows"][1]["layer"]
    for format, start in (("table", "small"), ("markdown", "### small"), ("csv", "path,type,layer")):
        assert run("show", str(path), "--format", format).out.startswith(start)


def test_show_takes_one_model() -> None:
    """Two trees would be two results."""
    assert (
        refused("show", "mobilenetv1", "mobilenetv2") == "show takes exactly one model, not mobilenetv1 and mobilenetv2"
    )


def test_knobs_change_what_is_shown() -> None:
    """The title names the knobs, and the shapes follow them."""
    text = run("show", "mobilenetv2", "--resolution", "96").out
    assert "resolution 96" in text.splitlines()[0]
    assert "3 x 96 x 96" in text


def test_a_form_that_is_none_is_refused() -> None:
    """tree is among those that are named."""
    assert refused("show", "mobilenetv2", "--format", "tre").startswith("--format tre: must be one of tree, table, ")
