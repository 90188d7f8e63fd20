"""Budgets files: what they say, and what is wrong in them."""

from pathlib import Path

import pytest

from costcalc.comparison.budgets.read import Entry, read
from costcalc.errors import SpecError
from costcalc.quantities import QUANTITIES, Setting

TINY = """\
name: tiny
knobs: {width: 4, fast: true}
input: [3, 8, 8]
layers: [conv: {out: width, kernel: 3 if fast else 5}]
"""


def entries(text: str) -> list[Entry]:
    """What the budgets file with this text says, beside the model of `TINY`."""
    Path("tiny.yaml").write_text(TINY, encoding="utf-8")
    Path("budgets.yaml").write_text(text, encoding="utf-8")
    return read("budgets.yaml")


def refusal(text: str) -> str:
    """The message for this text, without the name of the file."""
    with pytest.raises(SpecError) as caught:
        entries(text)
    said = str(caught.value)
    assert said.startswith("budgets.yaml")
    return said.removeprefix("budgets.yaml:")


def test_models_knobs_and_limits() -> None:
    """A shipped model and one beside the file, each with its knobs, limits alone or in a list."""
    first, second = entries(
        """
budgets:
  - model: mobilenetv2
    knobs: {alpha: 0.75}
    macs: <= 210M
  - model: tiny.yaml
    knobs: {fast: false, width: 8}
    params: [<= 1k, < +1% vs baseline.json]
    bytes(fp16, batch=8): <= 1 MiB
"""
    )
    assert (first.name, first.path, dict(first.knobs)) == ("mobilenetv2", None, {"alpha": 0.75})
    assert [(each.title, each.limit.text) for each in first.budgets] == [("macs", "<= 210M")]
    assert (second.path, dict(second.knobs)) == ("tiny.yaml", {"fast": False, "width": 8})
    assert second.title == "tiny.yaml (fast false, width 8)"
    assert [(each.title, each.limit.text, each.node.line) for each in second.budgets] == [
        ("params", "<= 1k", 8),
        ("params", "< +1% vs baseline.json", 8),
        ("bytes(fp16, batch=8)", "<= 1 MiB", 9),
    ]
    assert second.budgets[2].setting == Setting("fp16", 8)


def test_a_path_begins_at_the_folder_of_the_file(tmp_path: Path) -> None:
    """Wherever costcalc runs."""
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "tiny.yaml").write_text(TINY, encoding="utf-8")
    (folder / "budgets.yaml").write_text("budgets: [{model: ./tiny.yaml, macs: <= 1G}]", encoding="utf-8")
    (entry,) = read("deep/budgets.yaml")
    assert entry.model.name == "tiny"


@pytest.mark.parametrize("key", QUANTITIES)
def test_every_quantity_can_be_limited(key: str) -> None:
    """By its key alone, in its own unit."""
    unit = {"bytes": "MiB", "s": "ms"}.get(QUANTITIES[key].unit, "")
    (entry,) = entries(f"budgets: [{{model: tiny.yaml, {key}: <= 1000 {unit}}}]")
    assert entry.budgets[0].title == key


ENTRY = "budgets:\n  - model: tiny.yaml\n    macs: <= 1M\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1:1: empty: it must hold a mapping"),
        ("# nothing\n", "1:1: empty: it must hold a mapping"),
        ("- 1\n", "1:1: a budgets file must be a mapping, not a list"),
        ("budgets:\n", "1:9: budgets: budgets must be a list, not nothing"),
        ("budgets: []\n", "1:10: budgets: budgets: the list is empty"),
        ("{}\n", "1:1: a budgets file needs budgets: a list of models and their limits"),
        ("budget: []\n", "1:1: budget: a budgets file has no key budget (did you mean budgets?)"),
        (
            ENTRY.replace("macs: <= 1M", "latency: <= 1 ms"),
            "3:5: budgets[0].latency: a latency budget requires ceilings",
        ),
        ("budgets: [{macs: <= 1M}]\n", "1:11: budgets[0]: a budget needs model"),
        ("budgets: [{model: tiny.yaml}]\n", "1:11: budgets[0]: tiny.yaml has no limits (known: params, "),
        ("budgets: [{model: tini.yaml, macs: <= 1M}]\n", "1:19: budgets[0].model: no model tini.yaml: neither"),
        (
            "budgets: [{model: mobilenetv3, macs: <= 1M}]\n",
            "1:19: budgets[0].model: no model mobilenetv3: neither a shipped",
        ),
        (ENTRY.replace("macs", "mecs"), "3:5: budgets[0].mecs: no quantity mecs (did you mean macs?)"),
        (ENTRY.replace("macs", "macs(fp16)"), "3:5: budgets[0].macs(fp16): macs does not take 'fp16' (known: batch=N)"),
        (
            ENTRY.replace("macs", "bytes(fq16)"),
            "3:5: budgets[0].bytes(fq16): bytes does not take 'fq16' (did you mean fp16?)",
        ),
        (ENTRY.replace("macs", "bytes(batch=0)"), "3:5: budgets[0].bytes(batch=0): bytes: batch = 0: must be a whole"),
        (
            ENTRY.replace("macs", "bytes(fp16, fp32)"),
            "3:5: budgets[0].bytes(fp16, fp32): bytes: dtype given twice",
        ),
        (ENTRY.replace("macs", "bytes((fp16"), "3:5: budgets[0].bytes((fp16: 'bytes((fp16' is not a quantity"),
        (
            ENTRY.replace("macs", "peak_memory(fp64)"),
            "3:5: budgets[0].peak_memory(fp64): peak_memory: dtype = fp64: must",
        ),
        (ENTRY.replace("<= 1M", "lots"), "3:11: budgets[0].macs: 'lots' is not a limit (such as"),
        (ENTRY.replace("<= 1M", ""), "3:10: budgets[0].macs: macs has no limit (such as <= 300M)"),
        (ENTRY.replace("<= 1M", "[]"), "3:11: budgets[0].macs: macs has no limits: the list is empty"),
        (ENTRY.replace("<= 1M", "{max: 3}"), "3:11: budgets[0].macs: the limit of macs must be text, not a mapping"),
        (ENTRY + "    macs: <= 2M\n", "4:5: budgets[0].macs: duplicate key macs, first on line 3"),
        (ENTRY + "    macs(): <= 2M\n", "4:5: budgets[0].macs(): macs given twice (give several limits as a list)"),
        (
            ENTRY + "    bytes: <= 1 B\n    bytes(fp32): <= 2 B\n",
            "5:5: budgets[0].bytes(fp32): bytes given twice",
        ),
        (ENTRY + "  - model: tiny.yaml\n    params: <= 1\n", "4:5: budgets[1]: tiny.yaml given twice"),
        (
            ENTRY + "    knobs: {height: 3}\n",
            "4:13: budgets[0].knobs.height: tiny has no key height (known: fast, width)",
        ),
        (ENTRY + "    knobs: {width: wide}\n", "4:20: budgets[0].knobs.width: width = wide: must be a number"),
        (ENTRY + "    knobs: 3\n", "4:12: budgets[0].knobs: knobs must be a mapping, not the text 3"),
        (ENTRY + "---\nbudgets: []\n", "4:1: a second document; a file holds one"),
        ("budgets: !!python/object:os.system [x]\n", "1:10: tags such as tag:yaml.org,2002:python/object:os.system"),
        ("budgets: [{model: tiny.yaml, macs: > 3}]\n", "1:36: not YAML: "),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    """Line, column, path, value, rule and the nearest name."""
    assert refusal(text).startswith(said)


@pytest.mark.parametrize("limit", [">= 4M", "> 4M", ">4", ">", "[>= 4M]", "{>= 4M}", "\n      - >= 4M"])
def test_a_limit_without_the_quotes_that_it_needs_is_answered_with_them(limit: str) -> None:
    """To YAML, ``>`` begins a folded text, or nothing at all in a list."""
    assert refusal(ENTRY.replace("<= 1M", limit)).endswith('(a limit that begins with > must be quoted, as in ">= 4M")')


def test_a_model_is_the_same_by_whatever_path(tmp_path: Path) -> None:
    """``./tiny.yaml`` and a link are the same file; other knobs make another entry of it."""
    Path("link.yaml").symlink_to("tiny.yaml")
    for name in ("./tiny.yaml", "link.yaml", str(Path("tiny.yaml").absolute())):
        twice = f"{ENTRY}  - model: {name}\n    params: <= 1k\n"
        said = refusal(twice)
        assert said.startswith("4:5: budgets[1]: "), said
        assert "given twice: tiny.yaml is the same file (list the limits of a model in one entry)" in said
        assert len(entries(f"{twice}    knobs: {{width: 5}}\n")) == 2


def test_a_model_that_is_wrong_is_said_at_its_own_place() -> None:
    """An error in a spec is not one of the budgets."""
    Path("bad.yaml").write_text("input: [3, 8, 8]\nlayers: [cnov: {out: 3}]\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"^bad.yaml:2:10: .*did you mean conv"):
        entries("budgets: [{model: bad.yaml, macs: <= 1M}]")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Named, without a traceback."""
    with pytest.raises(SpecError, match=r"^budgets.yaml: there is no such file"):
        read("budgets.yaml")
