"""The options that commands share."""

import json
from pathlib import Path

import pandas
import pytest

from costcalc.table import SCHEMA
from tests.cli.runner import refused, run

COUNTING = pytest.mark.parametrize("command", ["params", "macs"])


@COUNTING
@pytest.mark.parametrize("format", ["table", "markdown", "json", "csv"])
def test_a_result_has_the_form_that_is_asked_for(command: str, format: str, tmp_path: Path) -> None:
    """On stdout and in a file alike."""
    starts = {"table": "", "markdown": "### ", "json": "{\n", "csv": "name,"}
    printed = run(command, "mobilenetv2", "--format", format)
    assert (printed.status, printed.err) == (0, "")
    assert printed.out.startswith(starts[format])
    path = tmp_path / "result"
    assert run(command, "mobilenetv2", "--format", format, "--output", str(path)) == (0, "", "")
    assert path.read_bytes() == printed.out.encode()


def test_the_name_of_the_file_asks_for_a_form(tmp_path: Path) -> None:
    """.md, .json, .csv and .tex need no --format, which wins where it is there."""
    forms = {"a.md": "markdown", "a.JSON": "json", "a.csv": "csv", "a.tex": "latex", "a.txt": "table"}
    for name, format in forms.items():
        assert run("macs", "mobilenetv1", "--output", str(tmp_path / name)).status == 0
        assert (tmp_path / name).read_bytes() == run("macs", "mobilenetv1", "--format", format).out.encode()
    run("macs", "mobilenetv1", "--format", "csv", "--output", str(tmp_path / "b.json"))
    assert (tmp_path / "b.json").read_bytes() == run("macs", "mobilenetv1", "--format", "csv").out.encode()


def test_parquet_goes_to_a_file(tmp_path: Path) -> None:
    """A row for each layer with its raw numbers; it is no text, so that stdout does not get it."""
    path = tmp_path / "layers.parquet"
    assert run("macs", "mobilenetv2", "--by", "layer", "--output", str(path)) == (0, "", "")
    frame = pandas.read_parquet(path)
    assert frame["macs"].sum() == 300_774_272
    assert frame.attrs["units"]["flops"] == "flops"
    said = refused("macs", "mobilenetv2", "--format", "parquet")
    assert said == "--format parquet is binary and requires --output (--output FILE.parquet)"


@COUNTING
def test_json_says_what_it_is(command: str) -> None:
    """A schema with its version, and raw integers whose sum is the total."""
    value = json.loads(run(command, "mobilenetv2", "--format", "json").out)
    assert value["schema"] == SCHEMA
    assert sum(row[command] for row in value["rows"]) == value["total"][command]


@COUNTING
@pytest.mark.parametrize("by", ["stage", "layer", "type"])
def test_top_keeps_the_most_expensive_rows_first(command: str, by: str) -> None:
    """N rows in falling order and one for the rest; the total stays."""
    whole = json.loads(run(command, "mobilenetv2", "--by", by, "--format", "json").out)
    top = json.loads(run(command, "mobilenetv2", "--by", by, "--top", "3", "--format", "json").out)
    counts = [row[command] for row in top["rows"]]
    assert len(counts) == 4
    assert counts[:3] == sorted((row[command] for row in whole["rows"]), reverse=True)[:3]
    assert top["total"] == whole["total"]


@COUNTING
def test_quiet_prints_bare_integers(command: str) -> None:
    """A line for each model, and nothing about tables beside it."""
    total = {"params": [4231976, 3504872], "macs": [568740352, 300774272]}[command]
    assert run(command, "mobilenetv1", "mobilenetv2", "--quiet").out == "".join(f"{count}\n" for count in total)
    for option in (["--format", "json"], ["--by", "type"], ["--top", "1"]):
        said = refused(command, "mobilenetv1", "--quiet", *option)
        assert said == f"--quiet cannot be combined with {option[0]}"


@COUNTING
@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        (
            "--format",
            "jsn",
            "--format jsn: must be one of table, markdown, json, csv, latex, parquet (did you mean json?)",
        ),
        ("--format", "", "--format : must be one of table, markdown, json, csv, latex, parquet"),
        ("--by", "typ", "--by typ: must be one of stage, layer, type (did you mean type?)"),
        ("--top", "0", "--top 0: must be a whole number of at least 1"),
        ("--top", "-3", "--top -3: must be a whole number of at least 1"),
        ("--top", "1.5", "--top 1.5: must be a whole number of at least 1"),
        ("--top", "", "--top : must be a whole number of at least 1"),
        ("--top", "\N{SUPERSCRIPT TWO}", "--top \N{SUPERSCRIPT TWO}: must be a whole number of at least 1"),
        ("--top", "9" * 5000, f"--top {'9' * 59}\N{HORIZONTAL ELLIPSIS}: must have at most 18 digits"),
    ],
)
def test_a_value_outside_is_refused(command: str, option: str, value: str, message: str) -> None:
    """The message names the option, the value and what is allowed, and the nearest."""
    assert refused(command, "mobilenetv2", option, value) == message


@pytest.mark.parametrize(
    "command", [("params", "mobilenetv2"), ("models",), ("show", "mobilenetv2"), ("schema",)], ids=" ".join
)
def test_a_file_that_cannot_be_written_is_one_message(command: tuple[str, ...], tmp_path: Path) -> None:
    """A folder, a folder that is not there, no name."""
    assert refused(*command, "--output", str(tmp_path)) == f"cannot write {tmp_path}: it is a folder"
    missing = tmp_path / "missing" / "file"
    assert refused(*command, "--output", str(missing)) == f"cannot write {missing}: there is no such folder"
    assert refused(*command, "--output", "") == "cannot write the result: the file's name is empty"


def test_numbers_are_rounded_for_people_alone() -> None:
    """In tables and trees; what keeps every digit, and bare integers, refuse it."""
    assert " 3.50 M  100.0%" in run("params", "mobilenetv2", "--human").out
    assert " 9.76 MiB " in run("memory", "mobilenetv2", "--human").out  # 10,235,904 / 1024**2
    assert " 3.50 M  300.8 M" in run("show", "mobilenetv2", "--human").out
    for format in ("json", "csv", "markdown", "latex"):
        said = refused("params", "mobilenetv2", "--human", "--format", format)
        assert said == f"--human rounds the numbers of a table: {format} keeps every digit"
    assert refused("params", "mobilenetv2", "--human", "--output", "a.parquet").endswith("parquet keeps every digit")
    assert "--quiet cannot be combined with --human" in refused("params", "mobilenetv2", "--quiet", "--human")


def test_long_notes_are_printed_when_asked_for(tmp_path: Path) -> None:
    """A line counts those that are left out; JSON, Markdown and the file of a table have them alike."""
    short = run("macs", "mobilenetv2", "--ledger").out
    long = run("macs", "mobilenetv2", "--ledger", "--notes").out
    assert short.endswith("\n1 long note left out: --notes prints it.\n")
    pointer = "1 long note left out: --notes prints it.\n"
    assert set(short.replace(pointer, "").splitlines()) < set(long.splitlines())
    assert "Bytes moved: every layer reads its inputs and writes its output once" in long
    path = tmp_path / "table.txt"
    assert run("macs", "mobilenetv2", "--ledger", "--output", str(path)).status == 0
    assert path.read_text(encoding="utf-8") == short
    for format in ("json", "markdown"):
        text = run("macs", "mobilenetv2", "--ledger", "--format", format).out
        assert "Bytes moved: every layer reads its inputs and writes its output once" in text
        assert text == run("macs", "mobilenetv2", "--ledger", "--format", format, "--notes").out
