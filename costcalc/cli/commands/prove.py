"""``costcalc prove``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli import options, streams
from costcalc.cli.command import PlainCommand
from costcalc.errors import CheckFailed

if TYPE_CHECKING:
    from costcalc.symbolic.proofs import Theorem, Verdict

__all__ = ["app"]

app = typer.Typer(add_completion=False)


def _names(ctx: typer.Context, incomplete: str) -> list[str]:
    from costcalc.symbolic.proofs import shipped_theorems

    return [name for name in shipped_theorems() if name not in (ctx.params.get("name") or ())]


@app.command(cls=PlainCommand)
def prove(
    name: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            autocompletion=_names,
            help="A shipped theorem or the path of a YAML file; without any, all.",
        ),
    ] = None,
    list: Annotated[bool, typer.Option("--list", help="Print the theorems and prove none.")] = False,
    format: options.Format = None,
    output: options.Output = None,
) -> None:
    """Prove theorems about costs from the layers: proved, refuted with a counterexample, or not decided.

    The exit status is 1 unless all are proved.
    """
    result = options.Result(format, output)

    from costcalc.symbolic.proofs import load_theorem, report, shipped_theorems, statements

    theorems = [load_theorem(each) for each in dict.fromkeys(name or shipped_theorems())]
    if list:
        result.table(statements(theorems))
        return
    done = 0

    def tell(theorem: Theorem, verdict: Verdict) -> None:
        nonlocal done
        done += 1
        streams.tell(f"[{done}/{len(theorems)}] {theorem.name}: {verdict.status}")

    table = report(theorems, tell)
    result.table(table)
    failed = [row for row in table.rows if row["verdict"] != "proved"]
    if failed:
        first = f"{failed[0]['name']} is {failed[0]['verdict']}: {failed[0]['detail']}"
        raise CheckFailed(f"{len(failed)} of {len(theorems)} theorems not proved; {first}")
