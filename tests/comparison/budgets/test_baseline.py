"""Baselines: written, read again, and refused where they are something else."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from costcalc.comparison.align import Record
from costcalc.comparison.budgets.baseline import SCHEMA, Known, check_replaceable, read, text
from costcalc.errors import UsageError

LAYERS = [
    Record("input", "input", "input(3, 8, 8)", (), (3, 8, 8)),
    Record("a.sum", "add", "add()", ((3, 8, 8), (3, 8, 8)), (3, 8, 8)),
]
KNOWN = [
    Known(
        "tiny.yaml",
        {"width": 4, "alpha": 0.75, "fast": True, "word": "x"},
        {"macs": 10**30, "intensity": Fraction(7, 3), "latency": 0.5},
        LAYERS,
        {"macs": [0, 10**30]},
    ),
    Known("lenet5", {}, {"params": 1}, [], {}),
]


def refusal(content: str | bytes) -> str:
    """The message for a baseline of this content, without the name of the file."""
    Path("b.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError) as caught:
        read("b.json")
    said = str(caught.value)
    assert said.startswith("b.json:")
    return said.removeprefix("b.json:").strip()


def test_what_is_written_is_read_again() -> None:
    """Integers of any size, fractions, knobs of every kind, and the shapes of the layers."""
    Path("b.json").write_text(text(KNOWN), encoding="utf-8")
    found = read("b.json")
    assert found == KNOWN
    assert text(found) == text(KNOWN)
    assert isinstance(found[0].values["intensity"], Fraction)


def test_it_is_json_with_a_line_for_each_layer() -> None:
    """So that the diff of a pull request shows which layers changed."""
    written = text(KNOWN)
    assert json.loads(written)["schema"] == SCHEMA == "costcalc.baseline/1"
    assert sum('"path"' in line for line in written.splitlines()) == len(LAYERS)
    assert written.endswith("}\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", '1:1: not JSON: the parser says "Expecting value"'),
        ("{", "1:2: not JSON: "),
        (b"{\xff", "not JSON: byte 2 is not UTF-8"),
        ("[]", "not a baseline (expected schema costcalc.baseline/1)"),
        ('{"name": "package"}', "not a baseline"),
        ('{"schema": "costcalc.table/1"}', "not a baseline"),
        ('{"schema": 1}', "not a baseline"),
        (
            '{"schema": "costcalc.baseline/2"}',
            "schema costcalc.baseline/2: this costcalc reads costcalc.baseline/1 (costcalc",
        ),
        ('{"schema": "costcalc.baseline/1", "schema": "x"}', "the key schema stands twice in one object"),
        ('{"schema": "costcalc.baseline/1", "models": NaN}', "NaN is not a number that JSON allows"),
        (f'{{"a": {5000 * "9"}}}', "a number has too many digits"),
        (50_000 * "[", "nested too deep"),
        ('{"schema": "costcalc.baseline/1"}', "models: is missing (costcalc check --update-baseline rewrites it)"),
        ('{"schema": "costcalc.baseline/1", "models": 3}', "models: must be a list, not 3 (costcalc check"),
        ('{"schema": "costcalc.baseline/1", "models": {}}', "models: must be a list, not an object"),
        ('{"schema": "costcalc.baseline/1", "models": [3]}', "models[0]: must be an object, not 3"),
    ],
)
def test_what_is_no_baseline_is_refused(content: str | bytes, said: str) -> None:
    """Another file, another version, or a broken one; with its place where JSON has one."""
    assert refusal(content).startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"path"',
            '"way"',
            "models[0].layers[0].way: there is no such key (known: inputs, kind, parts, path, shape, text)",
        ),
        ('"path": "a.sum", ', "", "models[0].layers[1].path: is missing"),
        ('"knobs"', '"nobs": 1, "knobs"', "models[0].nobs: there is no such key (did you mean knobs?)"),
        ('"model": "tiny.yaml"', '"model": 3', "models[0].model: must be a text, not 3"),
        ('"7/3"', '"7/0"', 'values.intensity: must be a number, or a fraction such as "7/3", not "7/0"'),
        ('"7/3"', '"1e99999999"', 'such as "7/3", not "1e99999999"'),
        ('"7/3"', "true", 'such as "7/3", not true'),
        ('"7/3"', "1e999", "1e999 is beyond the range of floating-point numbers"),
        ('"parts": {"macs": 0}', '"parts": {}', "models[0]: layer input has no part macs, but another layer does"),
        ('"parts": {"macs": 0}', '"parts": {"macs": 0.5}', "layers[0].parts.macs: must be a whole number, not 0.5"),
        ('"parts": {"macs": 0}', '"parts": {"macs": "5"}', 'layers[0].parts.macs: must be a whole number, not "5"'),
        ('"macs": 1', '"mac": 1', "models[0]: values.mac: no such quantity; did you mean macs?"),
        ('"macs": 1', '"zzz": 1', "models[0]: values.zzz: no such quantity"),
        ('"macs": 1', '"params": 1', "models[0]: layers have parts of macs, but values does not"),
        (
            '"parts": {"macs": 0}',
            '"parts": {"macs": 1}',
            f"values.macs is {10**30}, but its parts add up to {10**30 + 1}",
        ),
        ('"shape": [3, 8, 8]', '"shape": [3, 8, null]', "layers[0].shape[2]: must be a whole number, not null"),
    ],
)
def test_a_baseline_is_read_strictly(old: str, new: str, said: str) -> None:
    """A missing or unknown key, a wrong type, or a layer that says less than the others."""
    written = text(KNOWN)
    assert old in written
    assert said in refusal(written.replace(old, new, 1))


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    """Named, with the command that writes one."""
    with pytest.raises(UsageError, match="b.json: no such baseline .*--update-baseline creates it"):
        read("b.json")
    with pytest.raises(UsageError, match="cannot be read"):
        read(str(tmp_path))


def test_only_a_baseline_may_be_replaced() -> None:
    """Of any version, broken in itself or not; another JSON file is left alone."""
    check_replaceable("not-there.json")
    path = Path("b.json")
    for content in (text(KNOWN), '{"schema": "costcalc.baseline/9", "other": 1}'):
        path.write_text(content, encoding="utf-8")
        check_replaceable("b.json")
    path.write_text('{"name": "package"}', encoding="utf-8")
    with pytest.raises(UsageError, match="b.json: not a baseline"):
        check_replaceable("b.json")


def test_a_broken_baseline_is_not_overwritten() -> None:
    """The message says what to do: half a file after a failed merge may be all that there is."""
    Path("b.json").write_text(text(KNOWN)[:-5], encoding="utf-8")
    with pytest.raises(UsageError, match=r"not JSON: .* \(it is not overwritten: restore the file or delete it\)"):
        check_replaceable("b.json")
