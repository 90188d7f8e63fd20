"""The GitHub Action, its workflow, the hook and the GitLab job: what they run is run here as a runner would."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from costcalc.cli.app import names
from tests import readme
from tests.cli.runner import ROOT, environment, run
from tests.repository import Repository

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")

TINY = "name: tiny\ninput: [3, 8, 8]\nlayers:\n  - conv: {out: 8}\n  - relu\n  - conv: {out: 4}\n"
BUDGETS = "budgets:\n  - model: models/a tiny.yaml\n    macs: <= 4k\n"  # 64 * (3*8 + 8*4) = 3584

PYTHON = """#!/bin/sh
# python3 -I -m venv FOLDER: an environment whose pip notes what it installs, and whose costcalc is this checkout's.
[ "$1 $2 $3" = "-I -m venv" ] || exit 64
mkdir -p "$4/bin"
printf '#!/bin/sh\\nprintf "%%s\\\\n" "$@" >"{log}"\\n' >"$4/bin/pip"
printf '#!/bin/sh\\nexec "{python}" -m costcalc "$@"\\n' >"$4/bin/costcalc"
chmod +x "$4/bin/pip" "$4/bin/costcalc"
"""


class Job(NamedTuple):
    """What became of a job: the status of each step that ran, what they printed, their outputs and the summary."""

    statuses: list[int]
    text: str
    outputs: dict[str, dict[str, str]]
    summary: str
    installed: list[str]


class Runner:
    """Runs the action's steps one after the other in a checkout, each as GitHub's runner runs a ``run:`` in bash."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        self.folder = folder
        self.checkout = checkout
        self.temp = folder / "temp"
        tools = folder / "tools"
        for path in (self.temp, tools):
            path.mkdir(parents=True)
        self.log = folder / "pip.log"
        python = tools / "python3"
        python.write_text(PYTHON.format(log=self.log, python=sys.executable), encoding="utf-8")
        python.chmod(0o755)
        self.path = [str(tools)]
        self.summary = folder / "summary.md"
        self.summary.touch()

    def job(self, base: str, **inputs: str) -> Job:
        """The steps of the action with these ``inputs``, for a pull request from ``base``; it ends where one fails."""
        context = {"github.action_path": str(ROOT), "github.event.pull_request.base.sha": base}
        for name, given in ACTION["inputs"].items():
            context[f"inputs.{name}"] = inputs.get(name, _filled(given["default"], context))
        context["steps.compare.outputs.base"] = ""  # what a step has not written is empty
        statuses: list[int] = []
        texts: list[str] = []
        outputs: dict[str, dict[str, str]] = {}
        for step in STEPS:
            status, text, found = self._step(step, context)
            statuses.append(status)
            texts.append(text)
            outputs[step.get("id", "")] = found
            context |= {f"steps.{step.get('id', '')}.outputs.{name}": value for name, value in found.items()}
            if status:
                break
        installed = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        return Job(statuses, "".join(texts), outputs, self.summary.read_text(encoding="utf-8"), installed)

    def _step(self, step: Mapping[str, Any], context: Mapping[str, str]) -> tuple[int, str, dict[str, str]]:
        script, output, path = (self.folder / name for name in ("step.sh", "output", "path"))
        script.write_text(step["run"], encoding="utf-8")
        for file in (output, path):
            file.write_text("", encoding="utf-8")
        variables = environment(
            **{name: _filled(value, context) for name, value in step.get("env", {}).items()},
            PATH=os.pathsep.join([*self.path, os.environ["PATH"]]),
            GITHUB_ACTIONS="true",
            GITHUB_WORKSPACE=str(self.checkout),
            GITHUB_OUTPUT=str(output),
            GITHUB_PATH=str(path),
            GITHUB_STEP_SUMMARY=str(self.summary),
            RUNNER_TEMP=str(self.temp),
        )
        assert step["shell"] == "bash"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script],
            cwd=self.checkout,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.path = [*path.read_text(encoding="utf-8").split(), *self.path]
        pairs = [line.partition("=") for line in output.read_text(encoding="utf-8").splitlines()]
        return done.returncode, done.stdout, {name: value for name, _, value in pairs}


def _filled(text: str, context: Mapping[str, str]) -> str:
    """``text`` with its expressions evaluated; one that is not known here is an error."""
    return EXPRESSION.sub(lambda found: context[found[1]], text)


@pytest.fixture
def pull(tmp_path: Path) -> tuple[Repository, Runner, str]:
    """A shallow checkout of a branch with a change, a runner for it, and the commit that the branch starts from."""
    origin = Repository(tmp_path / "origin")
    base = origin.commit(**{"models__a tiny": TINY}, budgets=BUDGETS)
    origin.git("switch", "--quiet", "--create", "change")
    origin.commit(**{"models__a tiny": TINY.replace("- relu", "- conv: {out: 8}")}, models__new=TINY)
    origin.git(
        "clone", "--quiet", "--depth=1", "--branch=change", f"file://{origin.folder}", str(tmp_path / "checkout")
    )
    checkout = Repository(tmp_path / "checkout")
    return checkout, Runner(tmp_path / "runner", checkout.folder), base


def test_a_pull_request_is_compared_and_checked(pull: tuple[Repository, Runner, str]) -> None:
    """The base is fetched, the comparison written for a comment and into the summary, the broken budget annotated."""
    _, runner, base = pull
    job = runner.job(base, specs="models/a tiny.yaml\nmodels/new.yaml\n")
    assert job.statuses == [0, 0, 1]
    assert job.installed == ["install", "--quiet", "--", str(ROOT)]
    comparison = Path(job.outputs["compare"]["comparison"]).read_text(encoding="utf-8")
    assert f"### Layers: from tiny@{base[:10]} to tiny" in comparison
    assert "| added | conv2 | conv(out=8) | +64 | +4,096 |" in comparison
    assert comparison.count("### Multiply-accumulates: tiny") == 1  # new.yaml has no past
    assert job.summary.startswith(comparison)
    assert "### Budgets: budgets.yaml" in job.summary
    # 3584 + 8*8*64 = 7680
    assert (
        "::error file=models/a tiny.yaml,line=5,title=costcalc%3A macs::macs of models/a tiny.yaml = 7,680 MACs"
        in job.text
    )


def test_a_pull_request_within_its_budgets_is_green(pull: tuple[Repository, Runner, str]) -> None:
    """The same with a budget that is kept."""
    checkout, runner, base = pull
    checkout.write(budgets=BUDGETS.replace("4k", "8k"))
    job = runner.job(base, specs="models/a tiny.yaml")
    assert job.statuses == [0, 0, 0]
    assert "::error" not in job.text


def test_a_push_is_checked_and_not_compared(pull: tuple[Repository, Runner, str]) -> None:
    """Without a pull request there is no base; without budgets nothing is checked."""
    _, runner, _ = pull
    job = runner.job("", specs="models/a tiny.yaml")
    assert job.statuses == [0, 0, 1]
    assert Path(job.outputs["compare"]["comparison"]).read_text(encoding="utf-8") == ""
    assert runner.job("", budgets="").statuses == [0, 0, 0]


HOSTILE = (
    *("$(touch evil)", "; touch evil", "`touch evil`", "| touch evil", "a\ntouch evil\n", "x' || touch evil '"),
    *("--help", "-- --help", "-o", "-oevil", "--output=evil", "--upload-pack=touch evil", "--exec=touch evil"),
    *("..", "../..", "/", ".", "*", "x" * 5000, "ext::sh -c touch% evil"),
)
"""What no input may be taken for: a command, an option, a pattern, a transport of git."""


@pytest.mark.parametrize("name", ["base", "specs", "budgets"])
def test_what_comes_from_outside_is_no_command_and_no_option(pull: tuple[Repository, Runner, str], name: str) -> None:
    """Inputs that hold commands or options are names of files or of revisions that are not there."""
    checkout, runner, base = pull
    before = checkout.git("for-each-ref")
    for evil in {"base": HOSTILE, "specs": ["\n".join(HOSTILE[1::3])], "budgets": HOSTILE[::4]}[name]:
        inputs = {"specs": "models/new.yaml", "budgets": ""} if name == "base" else {name: evil}
        job = runner.job(evil if name == "base" else base if name == "specs" else "", **inputs)
        assert job.statuses[-1] == 2, (evil, job)
        assert "Usage:" not in job.text
        assert "Traceback" not in job.text
        if name == "specs":  # each line is a spec: six of the names are one line, and one is two
            assert job.text.count("costcalc: error: ") == 6 + 2
    assert checkout.git("status", "--porcelain") == ""
    assert checkout.git("for-each-ref") == before


@pytest.mark.parametrize("base", ["--upload-pack=touch evil", "main:refs/heads/evil", "refs/*", "ma..in", "x\ny"])
def test_a_base_that_git_would_take_for_more_than_a_name_is_not_fetched(
    pull: tuple[Repository, Runner, str], base: str
) -> None:
    """An option, a refspec that writes a branch, a pattern: the message is the action's own, and nothing changes."""
    checkout, runner, _ = pull
    job = runner.job(base, specs="models/new.yaml")
    assert job.statuses == [0, 2]
    assert job.text.startswith("::error title=costcalc::the base is ")
    assert checkout.git("branch", "--format=%(refname)") == "refs/heads/change"


def test_a_base_may_be_the_name_of_a_branch(pull: tuple[Repository, Runner, str]) -> None:
    """It is fetched, and the comparison and the check are with the commit that it stood for."""
    _, runner, base = pull
    job = runner.job("main", specs="models/a tiny.yaml")
    assert job.statuses == [0, 0, 1]
    assert job.outputs["compare"]["base"] == base
    assert f"### Layers: from tiny@{base[:10]} to tiny" in job.summary
    assert "layers: conv2 +4,096" in job.text


def test_a_module_of_the_checkout_is_not_imported(pull: tuple[Repository, Runner, str]) -> None:
    """``python -m`` would look for modules in the working folder first; the action's Python is isolated."""
    assert "python3 -I -m venv" in STEPS[0]["run"]
    assert STEPS[0]["run"].count("python3") == 1


def test_a_pull_request_may_repair_what_its_base_has_broken(pull: tuple[Repository, Runner, str]) -> None:
    """What can be compared is; of the repaired spec, its own costs are shown, with the reason."""
    checkout, runner, _ = pull
    base = checkout.commit(models__broken="name: broken\ninput: [3, 8, 8]\nlayers: [conv: {out: -1}]\n")
    checkout.write(models__broken=TINY.replace("tiny", "broken"), budgets=BUDGETS.replace("4k", "8k"))
    job = runner.job(base, specs="models/broken.yaml\nmodels/a tiny.yaml\n")
    assert job.statuses == [0, 0, 0]
    assert "### Multiply-accumulates: broken" in job.summary
    assert "Not compared with the base:\n\n    costcalc: error: " in job.summary
    assert f"{base}:models/broken.yaml:3" in job.summary
    assert f"from tiny@{base[:10]} to tiny" in job.summary


def test_a_spec_that_is_broken_now_is_red_and_the_others_are_shown(pull: tuple[Repository, Runner, str]) -> None:
    """The status is that of the broken spec, and the summary has the comparison of the one after it."""
    checkout, runner, base = pull
    checkout.write(models__new="name: new\n")
    job = runner.job(base, specs="models/new.yaml\nmodels/a tiny.yaml\n")
    assert job.statuses == [0, 2]
    assert "models/new.yaml:1" in job.text
    assert f"from tiny@{base[:10]} to tiny" in job.summary


def test_the_action_is_composite_and_keeps_expressions_out_of_its_scripts() -> None:
    """An expression in a script would be pasted into it, whatever it holds; here they reach it by the environment."""
    assert ACTION["runs"]["using"] == "composite"
    for step in STEPS:
        assert "${{" not in step["run"]
        assert step["name"]
        for value in step["env"].values():
            assert EXPRESSION.fullmatch(value)
    assert all({"description", "default"} == given.keys() for given in ACTION["inputs"].values())
    steps = {step["id"] for step in STEPS if "id" in step}
    for output in ACTION["outputs"].values():
        found = EXPRESSION.fullmatch(output["value"])
        assert found
        assert found[1].split(".")[:2] in [["steps", step] for step in steps]


def test_the_hook_runs_a_command_that_is_there() -> None:
    """pre-commit calls it by its entry, without the names of files."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["pass_filenames"] is False
    program, command = hook["entry"].split()
    assert (program, command in names()) == ("costcalc", True)
    assert re.search(hook["files"], "models/tiny.yaml")
    assert not re.search(hook["files"], "README.md")


FILES = readme.files(readme.everything())


def test_the_workflow_of_the_readme_uses_what_the_action_has() -> None:
    """Its inputs and outputs are the action's, and its comment is made only where the token may write."""
    workflow = yaml.safe_load(FILES["cost.yml"])
    (job,) = workflow["jobs"].values()
    (used,) = [step for step in job["steps"] if "costcalc" in step.get("uses", "")]
    assert used["with"].keys() <= ACTION["inputs"].keys()
    (comment,) = [step for step in job["steps"] if "gh pr comment" in step.get("run", "")]
    assert "${{" not in comment["run"]
    assert f"${{{{ steps.{used['id']}.outputs.comparison }}}}" in comment["env"].values()
    assert set(ACTION["outputs"]) == {"comparison"}
    assert "always()" in comment["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in comment["if"]
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}


def test_the_gitlab_job_of_the_readme_runs(
    pull: tuple[Repository, Runner, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lines for git and costcalc, in a shallow checkout; what it installs is not fetched here."""
    checkout, _, base = pull
    job = yaml.safe_load(FILES["gitlab.yml"])["cost"]
    install, *lines = job["script"]
    assert install.startswith("pip install ")
    monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", base)
    tool = checkout.folder.parent / "costcalc"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m costcalc "$@"\n', encoding="utf-8")
    tool.chmod(0o755)
    done = subprocess.run(
        ["bash", "-e", "-c", "\n".join(lines)],
        cwd=checkout.folder,
        env=environment(PATH=os.pathsep.join([str(tool.parent), os.environ["PATH"]])),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "conv2 +4,096" in done.stdout
    assert (checkout.folder / job["artifacts"]["reports"]["junit"]).exists()


def test_the_budgets_of_the_readme_are_read() -> None:
    """The hook's and the workflow's default file is the one of the command."""
    assert ACTION["inputs"]["budgets"]["default"] == "budgets.yaml"
    assert "budgets.yaml by default" in " ".join(run("check", "--help").out.split())
