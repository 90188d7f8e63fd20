"""``costcalc report``."""

import errno
import os
import re
from pathlib import Path

import pytest

from costcalc.device.files import ceilings_text, dumped
from costcalc.device.plan import digest
from tests.cli.runner import process, python, refused, run
from tests.device.samples import CEILINGS, cell, header, turn
from tests.report.graphs import graph

MODEL = """\
name: '<img src=x onerror="alert(1)"> *em* `code` | [a](b)'
title: '</script><script>alert(2)</script>'
input: [3, 8, 8]
knobs: {width: 4}
use: [conv]
layers:
  - conv_norm_act: {name: stem, out: width, kernel: 3}
  - global_avg_pool
  - linear: {out: 10}
"""

DEEP = """\
name: deep
input: [8, 8, 8]
knobs: {width: 8}
layers:
  - repeat: {n: 1200, layers: [conv: {out: width, kernel: 3}]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a model whose name is no name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.yaml").write_text(MODEL, encoding="utf-8")
    return tmp_path


def sections(page: str) -> list[str]:
    """The keys of the sections of a page."""
    return re.findall(r'<section id="([\w-]+)">', page)


def test_a_report_has_everything_that_is_known_of_a_model(folder: Path) -> None:
    """Its sections, its charts, its formulas, every layer, and the command."""
    assert run("report", "mobilenetv2", "--alpha", "0.75", "--output", "report.html") == (0, "", "wrote report.html\n")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert sections(page) == ["summary", "stages", "memory", "accuracy", "roofline", "forms", "layers"]
    assert re.findall(r'data-chart="([\w-]+)"', page) == ["shares", "graph", "graph", "memory"]
    assert page.count("<math ") == 2
    assert page.count("2,636,424") >= 2  # its parameters, as torchvision's width 0.75 has them
    for node in graph("mobilenetv2", alpha=0.75).nodes[1:]:
        assert f"<td>{node.path}</td>" in page
    assert "costcalc report mobilenetv2 --alpha 0.75 --output report.html" in page


def test_several_models_are_compared(folder: Path) -> None:
    """The first with each other, and the layers that moved."""
    models = ("mobilenetv2-cifar", "mobilenetv2-cifar-replicate-b")
    assert run("report", *models, "--output", "report.html") == (0, "", "wrote report.html\n")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert sections(page)[:2] == ["summary", "comparison"]
    assert "-752,896" in page  # 1,484,874 - 2,237,770 parameters
    assert 'data-chart="accuracy-macs"' in page
    assert page.count('data-chart="shares"') == 2


def test_a_section_without_data_says_what_gives_it(folder: Path) -> None:
    """An accuracy that nobody published, a roofline of nothing measured, a form without a symbol."""
    assert run("report", "odd.yaml", "--output", "report.html").status == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "No document of specs/papers publishes an accuracy of" in page
    assert "A roofline requires measurements: --results FILE, written by costcalc bench" in page
    assert "<math " in page


@pytest.mark.parametrize("name", ["report.html", "report.md"])
def test_the_same_input_is_the_same_file(name: str, folder: Path) -> None:
    """Byte for byte, in processes whose hashes differ."""
    texts = set()
    for seed in ("1", "2"):
        result = process("report", "odd.yaml", "lenet5", "--output", name, env={"PYTHONHASHSEED": seed}, cwd=folder)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", f"wrote {name}\n")
        texts.add((folder / name).read_bytes())
    assert len(texts) == 1


def test_a_deep_model_has_a_page_of_bounded_size(folder: Path) -> None:
    """The first rows and the dearest layers are written out, the others packed; byte for byte under two hash seeds."""
    (folder / "deep.yaml").write_text(DEEP, encoding="utf-8")
    pages = set()
    for seed in ("1", "2"):
        result = process("report", "deep.yaml", "--output", "deep.html", env={"PYTHONHASHSEED": seed}, cwd=folder)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "wrote deep.html\n")
        pages.add((folder / "deep.html").read_text(encoding="utf-8"))
    (page,) = pages
    layers = page[page.index('<section id="layers">') :]
    assert layers.count("<tbody>") == 2
    # 20 dearest, all others as one; the first 500; a heading and a total for each of the two tables
    assert layers.count("<tr>") == 20 + 1 + 500 + 2 * 2
    assert "The 20 layers with the most MACs" in layers
    assert "<td>1,180 others</td>" in layers
    assert "The first 500 of 1,200 rows" in layers
    assert "repeat.1200.conv" in layers  # packed, for the script to show
    assert len(page) < 2**20


def test_a_models_name_is_text(folder: Path) -> None:
    """In HTML and in Markdown, in a table and in a picture; also on stdout."""
    page = run("report", "odd.yaml", "--format", "html").out
    assert page.startswith("<!DOCTYPE html>\n")
    assert "<img" not in page
    assert page.count("<script>") == page.count("</script>") == 1
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt; *em*" in page
    text = run("report", "odd.yaml", "--format", "markdown").out
    outside = re.sub(r"(?m)^Made by .*$", "", text)
    assert set(re.findall(r"<[^>\n]*>", re.sub(r"```mermaid\n.*?\n```", "", outside, flags=re.DOTALL))) <= {
        "<details>",
        "<summary>",
        "</summary>",
        "</details>",
    }
    assert r"\*em\* \`code\` \| \[a\](b)" in text


def test_without_a_file_a_page_is_named_after_its_models(folder: Path) -> None:
    """It is written here, stderr says its name, and it replaces an earlier report; --format sends it to stdout."""
    for _ in range(2):
        assert run("report", "lenet5") == (0, "", "wrote lenet5.html\n")
    assert run("report", "lenet5", "lenet5-dense") == (0, "", "wrote lenet5-lenet5-dense.html\n")
    # whatever is neither a letter, a digit, an underscore nor a point is one hyphen
    odd = "img-src-x-onerror-alert-1-em-code-a-b.html"
    assert run("report", "odd.yaml") == (0, "", f"wrote {odd}\n")
    page = (folder / "lenet5.html").read_text(encoding="utf-8")
    assert run("report", "lenet5", "--format", "html").out == page.replace(
        "lenet5</code>", "lenet5 --format html</code>"
    )
    written = {"lenet5.html", "lenet5-lenet5-dense.html", odd}
    assert {path.name for path in folder.iterdir()} == {"odd.yaml", *written}


def test_a_file_that_is_no_report_is_not_replaced(folder: Path) -> None:
    """A page of somebody else's, a folder, a link to nowhere; --output replaces what it names."""
    path = folder / "lenet5.html"
    said = "lenet5.html exists and is not a costcalc report (use --output FILE)"
    path.write_text("<!DOCTYPE html>\n<p>Mine", encoding="utf-8")
    assert refused("report", "lenet5") == said
    assert path.read_text(encoding="utf-8") == "<!DOCTYPE html>\n<p>Mine"
    path.unlink()
    path.mkdir()
    assert refused("report", "lenet5") == said
    path.rmdir()
    path.symlink_to("nowhere")
    assert refused("report", "lenet5") == said
    assert run("report", "lenet5", "--output", "lenet5.html").status == 0


def test_markdown_is_for_step_summaries(folder: Path) -> None:
    """The graph as Mermaid, no SVG, and far less than the mebibyte that a summary may have."""
    assert run("report", "mobilenetv2", "--output", "report.md").status == 0
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert text.startswith("# What mobilenetv2 costs\n")
    assert text.count("```mermaid\n") == 1
    assert "<svg" not in text
    assert len(text) < 2**17


def measured(folder: Path, **changes: object) -> list[str]:
    """The options that name a results file and its ceilings, both written here."""
    cells = [cell("lenet5-dense", resolution=None, graph=digest(graph("lenet5-dense")))]
    records = [header(cells, **changes), turn(0, 1, 0.5)]
    (folder / "results.jsonl").write_text("".join(f"{dumped(record)}\n" for record in records), encoding="utf-8")
    (folder / "ceilings.json").write_text(ceilings_text(CEILINGS), encoding="utf-8")
    return ["--results", "results.jsonl", "--ceilings", "ceilings.json"]


def test_what_was_measured_is_on_the_roofline(folder: Path) -> None:
    """A point below the machine's roofs, and the time."""
    page = run("report", "lenet5-dense", *measured(folder), "--format", "html").out
    assert 'data-chart="roofline"' in page
    assert "Abacus 9" in page
    both = run("report", "lenet5-dense", "lenet5", *measured(folder), "--format", "html").out
    assert "Latency at inference, predicted" in both
    other = run("report", "lenet5", *measured(folder), "--format", "html").out
    assert 'data-chart="roofline"' not in other
    assert "results.jsonl has no measurement of lenet5 at these knobs." in other


def test_results_and_ceilings_go_together(folder: Path) -> None:
    """One without the other says nothing; ceilings of another machine say what is wrong."""
    options = measured(folder)
    assert refused("report", "lenet5", *options[:2]) == "--results requires --ceilings"
    assert refused("report", "lenet5", *options[2:]) == "--ceilings requires --results"
    other = CEILINGS.model_copy(update={"environment": CEILINGS.environment.model_copy(update={"processor": "Other"})})
    (folder / "ceilings.json").write_text(ceilings_text(other), encoding="utf-8")
    assert "the ceilings are of Other" in refused("report", "lenet5-dense", *options)


def test_what_cannot_be_is_one_message(folder: Path) -> None:
    """Another suffix, another form, a folder that is not there, a model without a name."""
    assert refused("report", "lenet5", "--output", "report.txt") == (
        "--output report.txt: must end in .md, .markdown, .html or .htm (--format overrides the file extension)"
    )
    assert run("report", "lenet5", "--format", "markdown", "--output", "report.txt").status == 0
    assert "--format pdf: must be one of html, markdown" in refused("report", "lenet5", "--format", "pdf")
    assert refused("report", "lenet5", "--output", "no/report.html").endswith("there is no such folder")
    assert "no MODEL given" in refused("report")
    assert "no model lenet6" in refused("report", "lenet6")
    assert not (folder / "no").exists()


def test_a_folder_that_cannot_be_written_is_one_message(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only file system, which stops even root, and leaves nothing behind."""

    def read_only(*arguments: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for command in (
        ["report", "odd.yaml", "--output", "report.html"],
        ["plot", "shares", "odd.yaml", "--output", "s.pdf"],
    ):
        with monkeypatch.context() as patch:
            patch.setattr("costcalc.outputs.file.os.open", read_only)
            said = refused(*command)
        assert said == f"cannot write {command[-1]}: its file system is read-only"
    assert [path.name for path in folder.iterdir()] == ["odd.yaml"]


def test_no_torch_is_needed() -> None:
    """A report is made where nothing can be measured."""
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from costcalc.cli import main\n"
        "import io, contextlib\n"
        "with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding='utf-8')):\n"
        "    status = main(['report', 'lenet5', '--format', 'html'])\n"
        "print(status)"
    )
    assert python(code) == "0\n"
