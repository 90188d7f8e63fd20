"""What every documented command prints in terminals of 80 and of 120 columns."""

from pathlib import Path

import pytest

from costcalc.outputs import terminal, units
from costcalc.outputs.terminal import Terminal
from costcalc.table import Table
from tests import readme
from tests.cli.runner import run

TEXT = readme.everything()
SEVERAL = "mobilenetv1 mobilenetv2-cifar-replicate-b deeplabv3-mobilenetv2 nasnet-large"
COMMANDS = dict.fromkeys(
    [
        *(example.command for example in readme.examples(TEXT)),
        f"costcalc params {SEVERAL}",
        f"costcalc macs {SEVERAL} --by type",
        f"costcalc macs {SEVERAL} --ledger --by type",
        f"costcalc macs {SEVERAL} --training --by type --convention fvcore",
        f"costcalc memory {SEVERAL}",
        f"costcalc memory {SEVERAL} --training --batch 2",
        f"costcalc compare {SEVERAL}",
        f"costcalc latency {SEVERAL} --ceilings ceilings-cpu.json",
        f"costcalc fits {SEVERAL} --device 8GB",
    ]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the files that the pages show."""
    path = tmp_path_factory.mktemp("pages")
    readme.write_files(TEXT, path)
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_tables_fit(command: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is wider than the terminal, unless it is one long word; every word and number is there, in one piece."""
    import shlex

    tables: list[tuple[Table, bool]] = []
    render = terminal.render

    def note(table: Table, where: Terminal = terminal.PLAIN, *, tree: bool = False) -> str:
        tables.append((table, tree))
        return render(table, where, tree=tree)

    monkeypatch.chdir(folder)
    monkeypatch.setattr(terminal, "render", note)
    result = run(*shlex.split(command)[1:])
    assert "Traceback" not in result.err
    for table, tree in tables:
        for width in (80, 120):
            text = render(table, Terminal(width), tree=tree)
            for line in text.splitlines():
                assert len(line) <= width or len(line.split()) == 1, line
            assert words(table) <= set(text.replace(":", " ").replace(";", " ").replace(".\n", "\n").split())


def words(table: Table) -> set[str]:
    """The words of all cells."""
    rows = [*table.rows, *([] if table.total is None else [table.total])]
    cells = [units.cell(row.get(each.key), each.unit) for row in rows for each in table.columns if each.unit != "bar"]
    return {word for cell in cells for word in cell.replace(":", " ").replace(";", " ").removesuffix(".").split()}
