"""``costcalc audit``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from costcalc.audit import shipped_documents
from tests.cli.runner import python, refused, run

PAPER = """title: A net
authors: Nobody
source: nowhere
claims:
  - place: Table 1
    rows:
      - {id: params, text: 3.5M parameters, printed: 3.5M, model: mobilenetv2, value: params, verdict: rounds}
listed:
  - {place: Table 1, text: 30 epochs, about: training}
"""


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A document of one claim, and its text beside it."""
    (tmp_path / "paper.txt").write_text("3.5M parameters after 30 epochs", encoding="utf-8")
    path = tmp_path / "paper.yaml"
    path.write_text(PAPER, encoding="utf-8")
    return path


def test_all_documents_are_audited_by_default() -> None:
    """In their order, a table each, and a summary; the exit status is 0."""
    result = run("audit", "--format", "markdown")
    assert result.status == 0, result.err
    headings = [line for line in result.out.splitlines() if line.startswith("### ")]
    assert len(headings) == len(shipped_documents()) + 1
    assert headings[-1] == "### Audit"
    assert "2,237,770" in result.out


def test_json_is_one_table_of_raw_numbers() -> None:
    """Every claim with its document, its recorded verdict and what it gives."""
    document = json.loads(run("audit", "keras", "lenet", "--format", "json").out)
    rows = document["rows"]
    assert [row["document"] for row in rows] == ["keras"] * 2 + ["lenet"] * 6
    assert rows[0]["derived"] == 4_231_976
    assert rows[0]["gives"] == 4_253_864
    assert rows[0]["recorded"] == "explained"
    assert all(row["holds"] for row in rows)
    assert document["about"]["audit"]["keras"]["coverage"] is None


def test_a_claim_that_no_longer_holds_makes_the_exit_status_1(paper: Path) -> None:
    """The table is printed all the same; the message names the claim, what was recorded, and its line."""
    paper.write_text(
        PAPER.replace("printed: 3.5M", "printed: 3.6M").replace("3.5M para", "3.6M para"), encoding="utf-8"
    )
    result = run("audit", str(paper))
    assert result.status == 1
    assert "FAILED params: recorded: rounds; now: does not follow." in result.out
    assert result.err.startswith(
        "costcalc: error: 1 claim failed; paper/params: recorded: rounds; now: does not follow"
    )
    assert "paper.yaml:7" in result.err


def test_the_arithmetic_of_a_claim_is_shown(paper: Path) -> None:
    """By its name, alone or with the document's; quantities, expression, fit, and the command that shows more."""
    result = run("audit", str(paper), "--explain", "params")
    assert result.status == 0
    assert "3,504,872" in result.out
    assert "rounds to it" in result.out
    assert "costcalc show mobilenetv2" in result.out
    assert run("audit", "--explain", "mobilenetv2/table5-ssd-params").status == 0


def test_the_text_of_a_document_is_searched_for_numbers(paper: Path) -> None:
    """All accounted for is status 0; one that is not is status 1, with its line."""
    text = paper.with_name("paper.txt")
    result = run("audit", str(paper), "--text", str(text))
    assert result.status == 0
    assert "The text has 2 numbers: 1 in claims, 0 in published figures, 1 listed, 0 not covered." in result.out
    text.write_text("3.5M parameters after 30 epochs\nand 300M MACs", encoding="utf-8")
    result = run("audit", str(paper), "--text", str(text))
    assert result.status == 1
    assert "1 number of the text is not accounted for: line 2: 300 in " in result.err


def test_a_recorded_coverage_is_compared_with_the_text(paper: Path) -> None:
    """The summary shows it; a text that has more or fewer numbers of a kind is noticed."""
    text = str(paper.with_name("paper.txt"))
    head = "coverage: {claims: 1, published: 0, listed: 1}\n"
    paper.write_text(head + PAPER, encoding="utf-8")
    assert run("audit", str(paper), "--text", text).status == 0
    row = json.loads(run("audit", str(paper), "--format", "json").out)["about"]["audit"]["paper"]
    assert row["coverage"] == {"claims": 1, "published": 0, "listed": 1}
    paper.write_text(head.replace("claims: 1", "claims: 2") + PAPER, encoding="utf-8")
    result = run("audit", str(paper), "--text", text)
    assert result.status == 1
    assert "recorded: claims 2, published 0, listed 1; now: claims 1, published 0, listed 1" in result.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mobilenetv3"], "no document mobilenetv3: neither a shipped one nor a file (did you mean mobilenetv"),
        (["nowhere.yaml"], "nowhere.yaml: there is no such file"),
        (["--explain", "nothing-like-it"], "--explain nothing-like-it: no such claim"),
        (
            ["--explain", "tabel3-v1-max"],
            "--explain tabel3-v1-max: no such claim (did you mean table3-v1-max?)",
        ),
        (["--explain", "layers"], None),
        (
            ["--explain", "bottlenecks"],
            "--explain bottlenecks: found in several documents (mobilenetv2/bottlenecks, mob",
        ),
        (["--text", "x"], "--text requires exactly one DOCUMENT"),
        (["keras", "--text", "nowhere.txt"], "--text nowhere.txt: cannot be read: "),
    ],
)
def test_bad_input_is_told_in_one_line(arguments: list[str], said: str | None) -> None:
    """With the nearest name; a claim that one document alone has needs no document."""
    if said is None:
        assert run("audit", *arguments).status == 0
    else:
        assert refused("audit", *arguments).startswith(said)


def test_it_needs_neither_torch_nor_numpy_nor_sympy() -> None:
    """Nor pandas: claims are formulas over integers and fractions."""
    code = (
        "import sys; from costcalc.cli import main; main(['audit', '--output', '/dev/null']); "
        "print(sorted({'torch', 'fvcore', 'numpy', 'sympy', 'pandas', 'pydantic'} & set(sys.modules)))"
    )
    assert python(code) == "[]\n"


def test_the_audit_is_a_page_too(paper: Path) -> None:
    """A section for each document, the arithmetic of what is not plain, the command; names and notes are text."""
    path = paper.with_name("audit.html")
    evil = PAPER.replace("A net", "'<script>alert(1)</script>'").replace(
        "verdict: rounds", "verdict: rounds, note: <b>"
    )
    paper.write_text(evil, encoding="utf-8")
    assert run("audit", str(paper), "lenet", "mehta-reducing-mobilenetv2", "--output", str(path)) == (0, "", "")
    page = path.read_text(encoding="utf-8")
    assert re.findall(r'<section id="([\w-]+)">', page) == ["summary", *(f"document-{each}" for each in (1, 2, 3))]
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "params: &lt;b&gt;" in page
    assert "mehta-reducing-mobilenetv2/drop: 0.1M, text of Experiments" in page
    assert f"costcalc audit {paper} lenet mehta-reducing-mobilenetv2 --output {path}" in page
    assert run("audit", "--explain", "drop", "--format", "html").out.count("3,008") == 1


def test_a_page_of_what_fails_is_written_all_the_same(paper: Path) -> None:
    """With the fault in it, and status 1."""
    paper.write_text(PAPER.replace("3.5M", "3.6M"), encoding="utf-8")
    path = paper.with_name("audit.html")
    assert run("audit", str(paper), "--output", str(path)).status == 1
    assert "FAILED params: recorded: rounds; now: does not follow." in path.read_text(encoding="utf-8")


def test_documents_of_one_file_name_have_ids_of_their_own(
    paper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is called by its path, in every form; the same file by two paths is one document."""
    monkeypatch.chdir(tmp_path)
    other = tmp_path / "other" / "paper.yaml"
    other.parent.mkdir()
    other.write_text(PAPER.replace("3.5M", "3.50M"), encoding="utf-8")
    both = ("audit", "paper.yaml", "other/paper.yaml")
    ids = "paper.yaml/params, other/paper.yaml/params"
    assert refused(*both, "--explain", "params") == f"--explain params: found in several documents ({ids})"
    assert "3.50M" in run(*both, "--explain", "other/paper.yaml/params").out
    assert "3.50M" not in run(*both, "--explain", "paper.yaml/params").out
    about = json.loads(run(*both, "--format", "json").out)["about"]["audit"]
    assert list(about) == ["paper.yaml", "other/paper.yaml"]
    once = json.loads(run("audit", "paper.yaml", "./paper.yaml", "--format", "json").out)
    assert [row["document"] for row in once["rows"]] == ["paper"]


def test_a_file_without_an_end_is_refused(paper: Path) -> None:
    """No more of a text, of results or of ceilings is read than they may have."""
    if not Path("/dev/zero").exists():
        pytest.skip("no /dev/zero")
    assert refused("audit", str(paper), "--text", "/dev/zero") == "--text /dev/zero: longer than 4,194,304 characters"
    assert refused("bench", "--from", "/dev/zero") == "/dev/zero: larger than 64 MiB"
    assert refused("latency", "lenet5", "--ceilings", "/dev/zero") == "/dev/zero: larger than 64 MiB"


def test_a_long_number_is_not_printed_whole(paper: Path, tmp_path: Path) -> None:
    """A message stays a line that can be read, whatever the text holds."""
    text = tmp_path / "long.txt"
    text.write_text(f"{'1' * 3000} parameters\n", encoding="utf-8")
    result = run("audit", str(paper), "--text", str(text))
    assert result.status == 1
    message = result.err.splitlines()[-1]
    assert f"line 1: {'1' * 59}\N{HORIZONTAL ELLIPSIS} in " in message
    assert "1" * 60 not in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b" \n", "the file is empty: no number to check"),
        (b"60,000 \xff", "cannot be read: byte 8 is not UTF-8"),
        (None, "cannot be read: there is no such file or folder"),
    ],
)
def test_a_text_that_cannot_be_checked_is_refused(
    content: bytes | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty one would pass every check without a word."""
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("text.txt").write_bytes(content)
    assert refused("audit", "lenet", "--text", "text.txt") == f"--text text.txt: {said}"


def test_an_empty_name_is_said() -> None:
    """Of a model, a document and a theorem."""
    for command, what in (("params", "model"), ("audit", "document"), ("prove", "theorem")):
        assert refused(command, "") == f"the name of a {what} is empty: give a shipped one or the path of a YAML file"
