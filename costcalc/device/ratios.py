"""How models compare with one of them: ratios of times that were taken one soon after the other."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.device.measured import beside, identity
from costcalc.device.results import Results, ratio
from costcalc.table import Column, Table
from costcalc.words import one_of

__all__ = ["ratios"]

COLUMNS: Sequence[Column] = (
    Column("ratio", "Ratio", "ratio"),
    Column("low", "From", "ratio"),
    Column("high", "To", "ratio"),
    Column("rounds", "Rounds", "count"),
)


def ratios(results: Results, base: str) -> Table:
    """The time of every other model over that of the model ``base``, everything else equal, paired by round.

    Raises UsageError where no cell is of that model.
    """
    cells = results.cells
    names = list(dict.fromkeys(cell.model for cell in cells))
    one_of("--vs", base, names)
    rows = []
    for index, cell in enumerate(cells):
        partner = next((i for i, other in enumerate(cells) if other.model == base and other.beside(cell)), None)
        if cell.model == base or partner is None:
            continue
        found = ratio(results.rounds(index), results.rounds(partner), results.header.policy.confidence)
        row = beside(cell)
        if found is not None:
            row |= {"ratio": found.median, "rounds": found.size}
            if found.interval is not None:
                row |= {"low": found.interval.low, "high": found.interval.high}
        rows.append(row)
    confidence = f"{results.header.policy.confidence:.0%}"
    return Table(
        title=f"Time over that of {base}",
        columns=(*identity(cells), *COLUMNS),
        rows=rows,
        notes=(
            f"Ratio: the median, over rounds, of the time over that of {base} in the same round, with its {confidence} "
            "interval: what slows a round slows both. An interval that holds 1 shows no difference.",
        ),
        about={"quantity": "ratios", "base": base},
    )
