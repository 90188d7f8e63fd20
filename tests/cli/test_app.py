"""The commands as a whole."""

from pathlib import Path

import pytest

import costcalc
from costcalc.cli.app import names
from tests import readme
from tests.cli.runner import ROOT, process, python, refused, run

COMMANDS = names()


def test_the_commands_are_the_files() -> None:
    """A file in the folder of commands is a command, and nothing else is."""
    files = (ROOT / "costcalc" / "cli" / "commands").glob("*.py")
    assert sorted(file.stem for file in files if file.stem != "__init__") == COMMANDS
    assert {"macs", "models", "params", "schema", "show", "validate"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_explains_itself(command: str) -> None:
    """Every command has --help, which says what it is for and names its options."""
    result = run(command, "--help")
    assert result.status == 0
    assert f"costcalc {command}" in result.out
    assert "--output" in result.out
    assert result.err == ""
    assert run(command, "-h") == result


@pytest.mark.parametrize("command", COMMANDS)
def test_the_pages_name_every_command(command: str) -> None:
    """A page shows or describes `costcalc COMMAND`."""
    assert f"costcalc {command}" in readme.everything()


def test_help_lists_the_commands_with_a_line_each() -> None:
    """The list has every command, and is what no command at all prints too."""
    result = run("--help")
    assert result.status == 0
    for command in COMMANDS:
        assert any(line.split()[1:2] == [command] and len(line.split()) > 4 for line in result.out.splitlines()), (
            command
        )
    assert run().out == run("-h").out == result.out


def test_the_version_is_that_of_the_package() -> None:
    """--version prints the program and its version."""
    assert run("--version") == (0, f"costcalc {costcalc.__version__}\n", "")


def test_the_module_is_the_program() -> None:
    """``python -m costcalc`` is ``costcalc``."""
    assert process("--version").stdout == run("--version").out


def test_an_unknown_command_names_the_nearest() -> None:
    """A misspelt command is one message; a misspelt option of the program too."""
    assert refused("parms") == "no command parms (did you mean params?)"
    assert refused("--versoin").startswith("no option --versoin (did you mean --version?")


def test_a_command_is_imported_when_it_is_called() -> None:
    """A call imports no other command."""
    code = (
        "import sys\nfrom costcalc.cli import main\nmain(['params', 'mobilenetv2', '--quiet'])\n"
        "print(sorted(m.rpartition('.')[2] for m in sys.modules if m.startswith('costcalc.cli.commands.')))"
    )
    assert python(code).splitlines()[-1] == "['params']"


HEAVY = ("torch", "fvcore", "sympy", "numpy", "pandas", "pydantic", "matplotlib")


@pytest.mark.parametrize(
    "arguments",
    [
        ("params", "mobilenetv2", "--alpha", "0.75"),
        ("params", "mobilenetv1", "mobilenetv2", "--format", "json"),
        ("macs", "mobilenetv2", "--format", "csv"),
        ("macs", "mobilenetv2", "--by", "layer", "--format", "markdown"),
        ("models",),
        ("show", "mobilenetv2"),
        ("schema",),
        ("compare", "mobilenetv2-cifar", "mobilenetv2-cifar-replicate-b"),
        ("compare", "mobilenetv1", "mobilenetv2", "--format", "json"),
    ],
    ids=" ".join,
)
def test_a_command_without_torch_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """Neither torch nor any library for numbers is loaded, nor pydantic, whose import takes as long as the command."""
    code = (
        f"import sys\nfrom costcalc.cli import main\nstatus = main({list(arguments)!r})\n"
        f"print(status, [m for m in {HEAVY!r} if m in sys.modules])"
    )
    assert python(code).splitlines()[-1] == "0 []"


def test_a_check_imports_nothing_heavy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where it names layers and writes JUnit; to read a baseline it needs pydantic and nothing else."""
    monkeypatch.chdir(tmp_path)
    budgets = "budgets: [{model: mobilenetv2, macs: <= 1M, params: <= +0 vs b.json, peak_memory(fp16): <= 9 MiB}]\n"
    Path("budgets.yaml").write_text(budgets, encoding="utf-8")
    assert run("check", "--update-baseline").status == 0
    code = (
        "import sys\nfrom costcalc.cli import main\n"
        "status = main(['check', '--junit', 'x.xml', '--format', 'markdown'])\n"
        f"print(status, [m for m in {HEAVY!r} if m in sys.modules])"
    )
    assert python(code).splitlines()[-1] == "1 ['pydantic']"
    Path("budgets.yaml").write_text(budgets.replace(" params: <= +0 vs b.json,", ""), encoding="utf-8")
    assert python(code).splitlines()[-1] == "1 []"


def test_importing_the_command_line_imports_almost_nothing() -> None:
    """Until it runs, not even typer is there: an interruption at the start finds the error boundary in place."""
    code = (
        "import sys\nfrom costcalc.cli import main\nprint([m for m in ('typer', 'rich', 'yaml') if m in sys.modules])"
    )
    assert python(code) == "[]\n"
