"""Verdicts: which budgets hold, by how much they do not, and which layers are responsible."""

from fractions import Fraction
from pathlib import Path

import pytest

from costcalc.comparison.budgets.read import read
from costcalc.comparison.budgets.tables import sentence, table
from costcalc.comparison.budgets.verdict import Verdict, judge, written
from costcalc.device.files import ceilings_text
from costcalc.errors import CostcalcError, UsageError
from tests.device.samples import CEILINGS
from tests.repository import Repository

# 3 * 4 * 8 * 8 = 768 MACs, 4 * 8 * 9 * 8 * 8 = 18432, and 8 * 10 = 80: 19280 in all.
TINY = """\
name: tiny
knobs: {width: 8}
input: [3, 8, 8]
layers:
  - conv: {name: thin, out: 4}
  - conv: {name: wide, out: width, kernel: 3}
  - global_avg_pool
  - linear: {name: end, out: 10, bias: false}
"""


def budgets(*limits: str, knobs: str = "") -> None:
    """A budgets file for the model of `TINY`, with these lines."""
    lines = ["budgets:", "  - model: tiny.yaml", *([f"    knobs: {knobs}"] if knobs else [])]
    Path("budgets.yaml").write_text("\n".join([*lines, *(f"    {limit}" for limit in limits)]) + "\n", encoding="utf-8")
    if not Path("tiny.yaml").exists():
        Path("tiny.yaml").write_text(TINY, encoding="utf-8")


def verdicts(revision: str | None = None) -> list[Verdict]:
    """The verdicts on the budgets file."""
    return list(judge(read("budgets.yaml"), "", revision))


def baseline() -> None:
    """Write the baselines."""
    for path, text in written(read("budgets.yaml"), "").items():
        Path(path).write_text(text, encoding="utf-8")


def named(verdict: Verdict) -> list[tuple[str, int | None, int]]:
    """The layers responsible: path, amount, line."""
    return [(each.path, each.amount, each.place.line) for each in verdict.layers]


def test_a_budget_holds_to_the_last_unit() -> None:
    """19280 multiply-accumulates: that is no more than 19280, and one more than 19279."""
    budgets("macs: [<= 19280, < 19280, <= 19279, == 19280, '>= 19281']")
    assert [(each.holds, each.margin) for each in verdicts()] == [
        (True, 0),
        (False, -1),
        (False, -1),
        (True, 0),
        (False, -1),
    ]


def test_without_a_past_the_greatest_layers_are_responsible() -> None:
    """With what each has, at the line of the spec that it comes from."""
    budgets("macs: <= 19k")
    (verdict,) = verdicts()
    assert named(verdict) == [("wide", 18_432, 6), ("thin", 768, 5), ("end", 80, 8)]
    assert sentence(verdict) == (
        "macs of tiny.yaml = 19,280 MACs, must be <= 19k: 280 (1.5%) too much; "
        "layers: wide 18,432 (95.6%), thin 768 (4.0%), end 80 (0.4%)"
    )


def test_with_a_baseline_the_layers_that_changed_are_responsible() -> None:
    """The greatest increase first; what shrank or stayed is not named, and another name is no change."""
    budgets("macs: [<= 20k, < +1% vs b.json]", "params: <= +10 vs b.json")
    baseline()
    assert all(each.holds for each in verdicts())
    Path("tiny.yaml").write_text(
        TINY.replace("name: wide", "name: broad")
        .replace("- global", "- conv: {name: more, out: 8}\n  - global")
        .replace("3, 8", "2, 8"),
        encoding="utf-8",
    )
    found = verdicts()
    # 2*4*64 = 512 MACs, 256 fewer than before, and 8*8*64 = 4096 more: 19280 + 3840 = 23120.
    # 12 + 288 + 80 = 380 parameters before; 8 + 288 + 64 + 80 = 440 now.
    assert [(each.holds, each.value, each.base) for each in found] == [
        (False, 23_120, None),
        (False, 23_120, 19_280),
        (False, 440, 380),
    ]
    assert [named(each) for each in found[:2]] == [[("more", 4_096, 7)]] * 2
    assert named(found[2]) == [("more", 64, 7)]
    assert "(baseline: 19,280)" in sentence(found[1])
    assert "layers: more +4,096" in sentence(found[1])


def test_a_latency_is_predicted_for_the_machine_that_the_file_names() -> None:
    """18432 of 19280 MACs at 10**9 a second, the others bound by bytes: exact to the last float, also in a baseline."""
    budgets("latency: [<= 1 ms, <= 1 us, < +1% vs b.json]", "latency(batch=2): <= 1 s")
    text = Path("budgets.yaml").read_text(encoding="utf-8")
    with pytest.raises(CostcalcError, match=r"budgets.yaml:3:5: .*a latency budget requires ceilings"):
        read("budgets.yaml")
    Path("budgets.yaml").write_text(f"ceilings: machine.json\n{text}", encoding="utf-8")
    with pytest.raises(CostcalcError, match=r"machine.json: cannot be read"):
        read("budgets.yaml")
    Path("machine.json").write_text(ceilings_text(CEILINGS), encoding="utf-8")
    baseline()
    found = verdicts()
    assert [each.holds for each in found] == [True, False, True, True]
    assert found[2].value == found[2].base
    assert found[3].value > found[0].value
    assert "s, must be <= 1 us: " in sentence(found[1])


def test_a_lower_limit_names_what_shrank() -> None:
    """A removed layer has no line any more: the budget's own is given."""
    budgets("macs: ['>= 19000', '>= +0 vs b.json']")
    baseline()
    Path("tiny.yaml").write_text(TINY.replace("  - conv: {name: thin, out: 4}\n", ""), encoding="utf-8")
    found = verdicts()
    # 3*8*9*64 = 13824 instead of 18432, and no 768: 13904 in all.
    assert [each.value for each in found] == [13_904, 13_904]
    assert [named(each) for each in found] == [[("wide", -4_608, 5), ("thin", -768, 3)]] * 2
    assert "too little" in sentence(found[0])


def test_with_a_revision_the_layers_that_changed_since_are_responsible(tmp_path: Path) -> None:
    """No baseline is needed: git knows what the spec was."""
    repository = Repository(tmp_path)
    budgets("macs: <= 20k")
    repository.commit()
    Path("tiny.yaml").write_text(TINY.replace("width: 8", "width: 9"), encoding="utf-8")
    (verdict,) = verdicts("main")
    assert named(verdict) == [("wide", 2_304, 6), ("end", 10, 8)]  # 4*9*64 and 10 more
    with pytest.raises(UsageError, match="no revision nowhere"):
        verdicts("nowhere")


def test_a_model_that_is_new_or_was_broken_has_no_past(tmp_path: Path) -> None:
    """Then the layers that have most are named."""
    repository = Repository(tmp_path)
    repository.commit(other=TINY, tiny="not a spec")
    Path("tiny.yaml").write_text(TINY, encoding="utf-8")
    budgets("macs: <= 19k")
    assert named(verdicts("main")[0])[0] == ("wide", 18_432, 6)
    repository.git("rm", "--quiet", "--cached", "tiny.yaml")
    repository.commit()
    repository.git("rm", "--quiet", "--cached", "tiny.yaml")
    repository.git("commit", "--quiet", "--message", "gone")
    assert named(verdicts("main")[0])[0] == ("wide", 18_432, 6)


def test_a_peak_names_the_layer_where_it_is() -> None:
    """Peak memory: 8 x 8 x 8 values and what they are made of, (4 + 8) * 64 * 4 bytes and the image that is held."""
    budgets("peak_memory: <= 3 KiB", "training_memory(batch=2, adam): <= 1 B", "depth: < 3", "intensity: '>= 1000'")
    found = verdicts()
    assert [each.holds for each in found] == [False] * 4
    assert found[0].value == (3 + 4 + 8) * 64 * 4
    assert named(found[0]) == [("wide", None, 6)]
    assert len(found[1].layers) == 1
    assert [each.path for each in found[2].layers] == ["thin", "wide", "end"]
    assert found[3].layers == ()
    assert "layers" not in sentence(found[3])


def test_knobs_are_part_of_what_a_baseline_knows() -> None:
    """At another setting the same model is another entry; a changed default is a change."""
    budgets("macs: <= +0 vs b.json", knobs="{width: 4}")
    baseline()
    assert verdicts()[0].holds
    budgets("macs: <= +0 vs b.json", knobs="{width: 5}")
    with pytest.raises(CostcalcError, match=r"budgets.yaml:4:11: .*b.json does not contain tiny.yaml \(width 5\)"):
        verdicts()
    budgets("macs: <= +0 vs b.json")
    baseline()
    Path("tiny.yaml").write_text(TINY.replace("width: 8", "width: 9"), encoding="utf-8")
    assert not verdicts()[0].holds


def test_a_baseline_must_know_the_quantity() -> None:
    """A budget that is newer than the baseline is an error, not a zero."""
    budgets("macs: <= +0 vs b.json")
    baseline()
    budgets("macs: <= +0 vs b.json", "bytes(fp16): <= +0% vs b.json")
    with pytest.raises(CostcalcError, match=r"budgets.yaml:4:18: .*b.json does not contain bytes\(fp16\) of tiny.yaml"):
        verdicts()


def test_a_baseline_that_is_missing_or_of_another_version_is_said_at_the_budget() -> None:
    """With the place of the limit, the file, and the command that writes it."""
    budgets("macs: <= +0 vs b.json")
    with pytest.raises(CostcalcError, match=r"^budgets.yaml:3:11: .*: b.json: no such baseline \(costcalc check"):
        verdicts()
    Path("b.json").write_text('{"schema": "costcalc.baseline/2"}', encoding="utf-8")
    with pytest.raises(
        CostcalcError, match=r"b.json: schema costcalc.baseline/2: this costcalc reads costcalc.baseline/1"
    ):
        verdicts()
    Path("b.json").write_text('{"schema": "costcalc.baseline/1"}', encoding="utf-8")
    with pytest.raises(CostcalcError, match=r"b.json: models: is missing \(costcalc check"):
        verdicts()


def test_an_intensity_is_compared_as_a_fraction() -> None:
    """Exactly what it is, and not what a float makes of it; and so it comes out of a baseline."""
    budgets("intensity: == +0 vs b.json")
    baseline()
    (verdict,) = verdicts()
    assert isinstance(verdict.value, Fraction)
    assert verdict.holds
    assert verdict.margin == 0


def test_only_budgets_with_a_baseline_write_one() -> None:
    """Without any, the command has nothing to do, and says so; another file is not overwritten."""
    budgets("macs: <= 20k")
    with pytest.raises(UsageError, match="no budget names a baseline"):
        written(read("budgets.yaml"), "")
    budgets("macs: <= +0 vs tiny.yaml")
    with pytest.raises(UsageError, match="tiny.yaml:1:1: not JSON"):
        written(read("budgets.yaml"), "")


def test_the_table_has_a_row_for_each_budget() -> None:
    """With raw numbers, and how many are broken."""
    budgets("macs: [<= 20k, <= 19k]")
    made = table(verdicts(), "budgets.yaml")
    assert [(row["verdict"], row["value"], row["margin"]) for row in made.rows] == [
        ("ok", 19_280, 720),
        ("BROKEN", 19_280, -280),
    ]
    assert made.about == {"file": "budgets.yaml", "budgets": 2, "broken": 1}
