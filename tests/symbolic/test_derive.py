"""Tables of closed forms and of elasticities."""

import pytest
import sympy

from costcalc.errors import UsageError
from costcalc.memory.inference import Inference, meaning
from costcalc.outputs import latex, render
from costcalc.spec import load
from costcalc.spec.parts import load_any
from costcalc.symbolic.derive import derive, elasticities
from tests.symbolic.writing import model


def test_a_form_stands_beside_the_count_and_how_far_it_is_off() -> None:
    """MobileNetV2 at alpha 0.35: the widths are rounded up, the ideal form is below."""
    table = derive(load("mobilenetv2"), {"alpha": 0.35}, wrt=["alpha"])
    (row,) = table.rows
    assert row["count"] == 59285808
    # 247869440 * 0.35^2 + 51624832 * 0.35 + 1280000 = 30364006.4 + 18068691.2 + 1280000
    assert row["ideal"] == 49712698
    assert round(row["error"], 4) == 0.1615
    assert row["form"] == "247869440*alpha^2 + 51624832*alpha + 1280000"
    assert table.total is None
    assert "Ideal: widths are not rounded (make_divisible omitted); image sizes are exact." in table.notes
    assert "Fixed: resolution 224, num_classes 1000, t 6." in table.notes


def test_an_exact_form_names_its_widths() -> None:
    """A letter each, whose meaning is a note; the form is as exact as the count."""
    table = derive(load("mobilenetv2"), {"alpha": 0.35}, wrt=["alpha"], exact=True)
    (row,) = table.rows
    assert [column.key for column in table.columns] == ["name", "count", "form"]
    letters = dict(note.split(" = ", 1) for note in table.notes if note.startswith("w"))
    assert sorted(letters.values()) == sorted(
        [f"make_divisible({c}*alpha, 8)" for c in (16, 24, 32, 64, 96, 160, 320)]
        + ["make_divisible(1280*Max(1, alpha), 8)"]
    )
    widths = {"16": 8, "24": 8, "32": 16, "64": 24, "96": 32, "160": 56, "320": 112, "1280": 1280}
    values = {letter: widths[text.split("(")[1].split("*")[0]] for letter, text in letters.items()}
    form = sympy.sympify(row["form"].replace("^", "**"))
    assert form.subs({symbol: values[symbol.name] for symbol in form.free_symbols}) == row["count"] == 59285808
    assert table.about["letters"].keys() == letters.keys()
    assert r"w_{1} &= \operatorname{make\_divisible}\left(" in latex.render(table)


def test_rows_are_stages_layers_or_types() -> None:
    """With the total below; parts of nothing cost nothing."""
    by_stage = derive(load("mobilenetv1"), by="stage")
    assert [row["name"] for row in by_stage.rows][:2] == ["stem", "stage1"]
    assert by_stage.rows[0]["form"] == "216*alpha*resolution^2"  # 3 * 3 * 3 * 32 * (1 / 2)^2
    assert by_stage.total is not None
    assert by_stage.total["form"].startswith("10752*alpha^2*resolution^2")
    by_type = derive(load("mobilenetv1"), by="type")
    assert {row["name"]: row["form"] for row in by_type.rows}["activation"] == "0"
    assert derive(load("mobilenetv1"), by="layer").rows[0]["name"] == "stem.conv"


def test_every_quantity_has_its_unit_and_its_note() -> None:
    """Parameters by kind, and memory with the place of its peak."""
    params = derive(load("mobilenetv2"), quantity="params", kind="weights", wrt=["num_classes"])
    assert params.rows[0]["form"] == "1280*num_classes + 2189760"
    memory = derive(load("mobilenetv2"), quantity="memory")
    assert memory.rows[0]["place"] == "stage2.1.expand.batch_norm"
    assert [column.unit for column in memory.columns if column.key == "count"] == ["bytes"]
    assert "Peak memory at inference, without weights (fp32)" in memory.title
    assert set(meaning(Inference())) < set(memory.notes)


def test_a_block_and_a_layer_can_be_derived() -> None:
    """Over the sizes of their input and the arguments that they need."""
    block = derive(load_any("inverted_residual"), {"s": 1})
    assert block.rows[0]["form"] == "c*cin*height*t*width + cin^2*height*t*width + 9*cin*height*t*width"
    assert "Valid for t != 1; c != cin." in block.notes
    layer = derive(load_any("linear"))
    assert layer.rows[0]["form"] == "cin*out"


def test_json_has_what_sympy_and_latex_read() -> None:
    """In `about`, for every row."""
    table = derive(load("mobilenetv1"), wrt=["num_classes"])
    form = table.about["forms"]["total"]
    assert form["latex"] == r"1024 \mathrm{num\_classes} + 567716352"
    assert str(sympy.sympify(form["srepr"])) == "1024*num_classes + 567716352"
    assert '"srepr"' in render(table, "json")
    assert latex.render(table).splitlines()[-3:] == [
        r"\begin{align*}",
        r"\text{total} &= 1024 \mathrm{num\_classes} + 567716352",
        r"\end{align*}",
    ]


def test_elasticities_say_what_one_percent_buys() -> None:
    """Of the stem's MACs, linear in alpha and quadratic in the resolution."""
    table = elasticities(load("mobilenetv1"))
    stem = table.rows[0]
    assert (stem["alpha.elasticity"], stem["alpha.percent"]) == (1, 108380)  # 10838016 / 100
    assert (stem["resolution.elasticity"], stem["resolution.percent"]) == (2, 216760)
    assert table.total is not None
    assert table.total["alpha.elasticity"] == 1.949
    greatest = max(table.rows, key=lambda row: row["alpha.percent"] or 0)
    assert greatest["name"] == "stage7"


def test_what_cannot_be_derived_is_refused() -> None:
    """An unknown quantity, kind, row or symbol."""
    spec = load("mobilenetv2")
    for arguments, message in (
        ({"quantity": "depth"}, "quantity = depth: must be one of params, weights, stored, macs, flops"),
        ({"quantity": "params", "kind": "all"}, "kind = all: must be one of weights, trainable, stored"),
        ({"by": "block"}, "by = block: must be one of stage, layer, type"),
        ({"wrt": ["beta"]}, "mobilenetv2 has no knob beta"),
    ):
        with pytest.raises(UsageError) as caught:
            derive(spec, **arguments)
        assert message in str(caught.value)


def test_without_symbols_the_form_is_the_number() -> None:
    """A model without knobs has one all the same."""
    table = derive(model("layers: [conv: {out: 4}]"))
    assert table.rows[0]["form"] == "4096"  # 4 * 4 * 16 * 16
    assert "Valid unconditionally." in table.notes
