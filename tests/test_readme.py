"""What the README and the pages in docs/ show is what happens."""

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import costcalc
from costcalc import dims
from costcalc.errors import CostcalcError
from costcalc.inference import MAX_NODES, MAX_WORK
from costcalc.layers import ACTIVATIONS, LAYERS
from costcalc.layers.fields import REQUIRED
from costcalc.spec import expressions, library, link, read, values
from tests import readme

TEXT = readme.everything()
EXAMPLES = readme.examples(TEXT)
FRAGMENTS = readme.fragments(TEXT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the files that the README shows."""
    path = tmp_path_factory.mktemp("readme")
    readme.write_files(TEXT, path)
    return path


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.command)
def test_a_command_prints_what_the_readme_says(example: readme.Example, folder: Path):
    """Every console example prints exactly what stands below it; an error exits with 2, a failed check with 1."""
    result = readme.run(example.command, folder)
    if "torch is needed for this" in result.stdout:
        import_module("torch")  # which skips the test where torch is not installed
    assert result.stdout.rstrip("\n") == example.output.rstrip("\n")
    failed = "costcalc: error: " in result.stdout
    assert result.returncode == (2 if result.stdout.startswith("costcalc: error: ") else 1 if failed else 0)


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda fragment: fragment.body.splitlines()[0])
def test_a_spec_in_the_readme_is_right(fragment: readme.Block, folder: Path):
    """Every YAML example gives a graph; one that has no input gets it here."""
    lines = fragment.body.splitlines()
    if not any(line.startswith(("input:", "extends:")) for line in lines):
        lines.insert(0, "input: [16, 32, 32]")
    path = folder / f"at_{fragment.start}.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    model = costcalc.load(str(path))
    assert costcalc.infer(model).nodes
    for knobs in model.examples:
        assert costcalc.infer(model, knobs).nodes


@pytest.mark.parametrize("block", readme.programs(TEXT), ids=lambda block: block.body.splitlines()[0])
def test_a_program_in_the_readme_runs(block: readme.Block, folder: Path):
    """Every Python example runs as it stands and prints something."""
    if block.mark == ("needs", "torch"):
        import_module("torch")  # which skips the test where torch is not installed
    environment = {**os.environ, "PYTHONPATH": str(readme.ROOT)}
    command = [sys.executable, "-W", "error", "-c", block.body]
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout


def test_the_readme_shows_commands_and_specs():
    """The parser of the README finds its examples: this guards the two tests above against checking nothing."""
    commands = {example.command.split()[1] for example in EXAMPLES}
    assert commands >= {"models", "show", "params", "macs"}
    assert len(FRAGMENTS) >= 8
    assert "tiny.yaml" in readme.files(TEXT)
    assert readme.programs(TEXT)


def test_links_between_the_pages_lead_somewhere():
    """Every relative link names a file of the repository, and the README names every page."""
    for page in readme.PAGES:
        targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
        assert all((page.parent / target).exists() for target in targets), page
        assert page == readme.README or f"](docs/{page.name})" in readme.README.read_text(encoding="utf-8")


def test_a_wrong_example_would_be_noticed(folder: Path):
    """The comparison is exact: one changed digit in a printed total is a difference."""
    example = next(e for e in EXAMPLES if e.command.startswith("costcalc params mobilenetv2 --alpha 0.75"))
    assert "2,636,424" in example.output
    assert readme.run(example.command, folder).stdout != example.output.replace("2,636,424", "2,636,425")


def test_the_table_of_layers_is_complete():
    """The README has a row for every layer type, with its arguments and their defaults."""
    for name, layer in LAYERS.items():
        if name in ACTIVATIONS:
            assert f"`{name}`" in TEXT
            continue
        arguments = []
        for key, field in layer.fields.items():
            default = field.default
            text = "true" if default is True else "false" if default is False else default
            arguments.append(f"`{key}`" if default is REQUIRED else f"`{key}` = {text}")
        assert f"| `{name}` | {', '.join(arguments) or 'none'} |" in TEXT, name


@pytest.mark.parametrize(
    "said",
    [
        f"at most {read.MAX_BYTES // 2**20} MiB, {read.MAX_NODES:,} values and {read.MAX_DEPTH} levels",
        f"A name has at most {values.MAX_NAME} characters, an expression {expressions.MAX_LENGTH} characters and "
        f"{expressions.MAX_DEPTH} levels, a number {dims.MAX_BITS} bits; there are at most "
        f"{values.MAX_VARIABLES} knobs",
        f"Definitions nest at most {link.MAX_DEFINITIONS} deep, `extends` and models that use models "
        f"{library.MAX_EXTENDS}, blocks and branches {link.MAX_NESTING}.",
        f"at most {MAX_NODES:,} layers, made in {MAX_WORK:,} steps of work",
    ],
)
def test_the_limits_are_those_of_the_code(said: str) -> None:
    """Every constant that limits a spec stands under Limits, with its value."""
    limits = TEXT.partition("## Limits")[2].partition("\n#")[0]
    assert said in " ".join(limits.split())


@pytest.mark.parametrize("name", ["run", "tests"])
def test_ci_runs_the_set_up_lines_of_the_readme(name: str):
    """.ci/run takes each of the two set-up lines from README.md as it stands there, one line each."""
    script = readme.ROOT / ".ci" / "setup-line"
    printed = subprocess.run(["bash", script, name], capture_output=True, text=True, check=True, env=os.environ).stdout
    lines = readme.set_up_lines(TEXT)
    assert set(lines) == {"run", "tests"}
    assert printed == lines[name]
    assert printed.count("\n") == 1
    run = (readme.ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert f'line_{name}=$(bash "$root/.ci/setup-line" {name})' in run
    assert f'"$line_{name}"' in run


def test_a_spec_that_is_wrong_fails_its_test(folder: Path):
    """The specs are really inferred: a spec with an unknown layer is refused."""
    path = folder / "wrong.yaml"
    path.write_text("name: wrong\ninput: [3, 8, 8]\nlayers: [convolution: {out: 8}]\n", encoding="utf-8")
    with pytest.raises(CostcalcError, match="unknown layer"):
        costcalc.load(str(path))
