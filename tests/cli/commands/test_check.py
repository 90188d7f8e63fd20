"""``costcalc check``, at the command line and as CI runs it."""

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.runner import process, refused, run
from tests.repository import Repository

# 3*3*3*8*8*8 = 13824 and 8*10 = 80 multiply-accumulates.
TINY = """\
name: tiny
input: [3, 8, 8]
layers:
  - conv: {out: 8, kernel: 3}
  - relu
  - global_avg_pool
  - linear: {out: 10}
"""
BUDGETS = "budgets:\n  - model: models/tiny.yaml\n    macs: <= 14k\n    params: < +1% vs baseline.json\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A fresh repository with a model, its budgets and their baseline, all committed; the working folder."""
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    repository = Repository(tmp_path / "project")
    monkeypatch.chdir(repository.folder)
    repository.write(models__tiny=TINY, budgets=BUDGETS)
    assert run("check", "--update-baseline") == (0, "", "wrote baseline.json\n")
    repository.commit()
    return repository


def actions(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """The environment of a step of GitHub Actions in ``folder``; the file of its summary."""
    summary = folder.parent / "summary.md"
    summary.write_text("# Before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    return summary


def test_a_pull_request_goes_from_green_to_red(project: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change within the budgets passes; one that breaks them fails, with annotations at the line of the spec."""
    summary = actions(monkeypatch, project.folder)
    project.git("switch", "--quiet", "--create", "change")
    project.commit(models__tiny=TINY.replace("- relu", "- relu6"))
    green = run("check", "--rev", "main")
    assert (green.status, green.err) == (0, "")
    assert "BROKEN" not in green.out

    project.commit(models__tiny=TINY.replace("- relu", "- conv: {out: 8}"))
    red = run("check", "--rev", "main")
    assert red.status == 1
    # 8*8*64 = 4096 MACs more than 13904, 64 parameters more than 3*8*9 + 80 + 10 = 306.
    lines = red.err.splitlines()
    assert lines[0] == (
        "::error file=models/tiny.yaml,line=5,title=costcalc%3A macs::macs of models/tiny.yaml = 18,000 MACs, "
        "must be <= 14k: 4,000 (28.6%25) too much; layers: conv2 +4,096"
    )
    assert lines[1].startswith(
        "::error file=models/tiny.yaml,line=5,title=costcalc%3A params::params of models/tiny.yaml = 370"
    )
    assert lines[2].startswith("costcalc: error: budgets.yaml:3:11: 2 of 2 budgets are broken, the first: macs of")
    assert len(lines) == 3
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("# Before\n### Budgets: budgets.yaml\n")
    assert text.count("| BROKEN |") == 2
    assert text.count("### Budgets") == 2


def test_without_a_revision_the_baseline_says_what_changed(project: Repository) -> None:
    """And nothing of GitHub is printed elsewhere."""
    project.write(models__tiny=TINY.replace("- relu", "- conv: {out: 8}"))
    red = run("check")
    assert red.status == 1
    assert "conv2 +4,096" in red.out
    assert "::" not in red.out + red.err


def test_annotations_are_relative_to_the_workspace(project: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the step runs in another folder; and what is outside is said at the budget."""
    actions(monkeypatch, project.folder)
    project.write(
        sub__budgets="budgets:\n  - model: ../models/tiny.yaml\n    macs: < 1k\n  - model: lenet5\n    macs: < 1k\n"
    )
    monkeypatch.chdir(project.folder / "sub")
    lines = run("check").err.splitlines()
    assert lines[0].startswith("::error file=models/tiny.yaml,line=4,")
    assert lines[1].startswith("::error file=sub/budgets.yaml,line=5,")


def test_junit_has_a_case_for_each_budget(project: Repository) -> None:
    """For GitLab and others; written also where a budget is broken."""
    project.write(budgets=BUDGETS.replace("14k", "10k"))
    assert run("check", "--junit", "report.xml").status == 1
    (suite,) = ElementTree.parse("report.xml").getroot()
    assert [(case.attrib["classname"], case.attrib["name"], len(case)) for case in suite] == [
        ("models/tiny.yaml", "macs <= 10k", 1),
        ("models/tiny.yaml", "params < +1% vs baseline.json", 0),
    ]


def test_a_baseline_is_updated_on_purpose(project: Repository) -> None:
    """Then the change is allowed; what is written is the same each time."""
    project.write(models__tiny=TINY.replace("out: 8", "out: 16"), budgets=BUDGETS.replace("14k", "1M"))
    assert run("check").status == 1
    before = Path("baseline.json").read_bytes()
    assert run("check", "--update-baseline").status == 0
    assert Path("baseline.json").read_bytes() != before
    assert run("check").status == 0
    after = Path("baseline.json").read_bytes()
    assert process("check", "--update-baseline", env={"PYTHONHASHSEED": "7"}).returncode == 0
    assert Path("baseline.json").read_bytes() == after


@pytest.mark.parametrize("form", ["table", "markdown", "json", "csv"])
def test_the_same_input_gives_the_same_bytes(project: Repository, form: str) -> None:
    """In processes of their own, with other hashes."""
    project.write(budgets=BUDGETS.replace("14k", "10k"))
    made = {process("check", "--format", form, env={"PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")}
    assert len(made) == 1
    assert "10k" in made.pop()


def test_a_file_of_another_name_and_folder(project: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models and baselines are found from the folder of the budgets."""
    monkeypatch.chdir(project.folder.parent)
    assert run("check", "project/budgets.yaml").status == 0
    assert run("check", os.fspath(project.folder / "budgets.yaml"), "--rev", "main").status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.yaml",), "nowhere.yaml: there is no such file"),
        ((".",), ".: this is a folder, not a YAML file"),
        (("--rev", "nowhere"), "no revision nowhere in the git repository"),
        (("--rev", "--all"), "no revision --all in the git repository"),
        (
            ("--update-baseline", "--junit", "x.xml"),
            "--update-baseline cannot be combined with --junit (--update-baseline checks no budget)",
        ),
        (("--junit", "no/such/folder.xml"), "cannot write no/such/folder.xml: there is no such folder"),
        (("--output", "no/such/folder.md"), "cannot write no/such/folder.md: there is no such folder"),
        (("--format", "xml"), "--format xml: must be one of"),
    ],
)
def test_bad_usage_is_one_message(project: Repository, arguments: tuple[str, ...], said: str) -> None:
    """Exit status 2, whatever the budgets say."""
    result = run("check", *arguments)
    assert result.status == 2
    assert result.err.startswith(f"costcalc: error: {said}")
    assert result.err.count("\n") == 1


def test_a_folder_without_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revision is asked of what has none."""
    monkeypatch.chdir(tmp_path)
    Path("budgets.yaml").write_text("budgets: [{model: lenet5, macs: <= 1M}]\n", encoding="utf-8")
    assert run("check").status == 0
    assert refused("check", "--rev", "main") == "budgets.yaml is in no git repository, and has no revision main"


def test_a_baseline_of_another_version_is_not_read(project: Repository) -> None:
    """The message names both versions; an update writes it anew."""
    path = project.folder / "baseline.json"
    path.write_text(path.read_text(encoding="utf-8").replace("baseline/1", "baseline/2"), encoding="utf-8")
    said = refused("check")
    assert said.startswith(
        "budgets.yaml:4:13: budgets[0].params: baseline.json: schema costcalc.baseline/2: this costcalc reads"
    )
    assert run("check", "--update-baseline").status == 0
    assert run("check").status == 0


def test_where_nothing_can_be_written_the_old_baseline_stays(project: Repository) -> None:
    """A folder that is read-only, or is none."""
    project.write(budgets=BUDGETS.replace("baseline.json", "baseline.json/new.json"))
    said = refused("check", "--update-baseline")
    assert said == "cannot write baseline.json/new.json: part of its path is not a folder"
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    project.write(budgets=BUDGETS)
    before = (project.folder / "baseline.json").read_bytes()
    project.folder.chmod(0o500)
    try:
        assert refused("check", "--update-baseline") == "cannot write baseline.json: permission denied"
    finally:
        project.folder.chmod(0o700)
    assert (project.folder / "baseline.json").read_bytes() == before


@pytest.mark.parametrize(("most", "status"), [("14k", 0), ("10k", 1)])
def test_a_summary_that_cannot_be_written_does_not_hide_the_verdict(
    project: Repository, monkeypatch: pytest.MonkeyPatch, most: str, status: int
) -> None:
    """A warning on stderr; the exit status says whether the budgets are kept."""
    actions(monkeypatch, project.folder)
    project.write(budgets=BUDGETS.replace("14k", most))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project.folder))
    result = run("check")
    assert result.status == status
    assert "costcalc: warning: cannot write the summary " in result.err
    assert ("1 of 2 budgets is broken" in result.err) is bool(status)


def test_a_budget_names_its_batch(project: Repository) -> None:
    """MACs of 8 images are 8 times those of one, which a budget without a batch limits; baselines keep them apart."""
    lines = BUDGETS.replace("params: < +1%", "macs(batch=8): <= +0")
    project.write(budgets=lines)
    assert run("check", "--update-baseline").status == 0
    (model,) = json.loads(Path("baseline.json").read_text(encoding="utf-8"))["models"]
    assert model["values"] == {"macs": 13_904, "macs(batch=8)": 8 * 13_904}
    assert run("check").status == 0
    project.write(budgets=lines.replace("<= +0 vs baseline.json", "<= 100k"))
    assert (
        "macs(batch=8) of models/tiny.yaml = 111,232 MACs, must be <= 100k: 11,232 (11.2%) too much" in run("check").err
    )
