"""What a setting is judged by: MACs, parameters, and each other quantity that a budget limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from costcalc.graph import Graph
from costcalc.quantities import Number, Quantity, Setting, quantity
from costcalc.solver.asked import Budget
from costcalc.table import Column

__all__ = ["Cost", "Counts", "costs"]

Counts = tuple[Number, ...]
"""One number for each cost."""


class Cost(NamedTuple):
    """A ``quantity`` under a ``setting``; ``name`` is that of its budgets."""

    name: str
    quantity: Quantity
    setting: Setting

    @property
    def title(self) -> str:
        """The heading of its column."""
        if self.name == "params":
            return f"Parameters ({'trainable' if self.quantity.key == 'params' else self.quantity.key})"
        return self.quantity.heading(self.setting)

    @property
    def word(self) -> str:
        """How an amount of it is called: ``MACs``, ``bytes of peak_memory(fp16)``."""
        if self.name == "params":
            return f"{self.title[:1].lower()}{self.title[1:]}"
        unit, title = self.quantity.unit, self.quantity.title
        if title.lower().startswith(unit.lower()):
            setting = self.name.removeprefix(self.quantity.key)
            return f"{unit}{title[len(unit) :]}{setting and f' {setting}'}"
        return f"{unit} of {self.name}"

    def as_column(self) -> Column:
        """The column of a table that has it of every setting."""
        return self.quantity.as_column(self.name)._replace(title=self.title)

    def terms(self, graph: Graph) -> Sequence[Any]:
        """The numbers, over symbols, whose sum it is; whose greatest if it is a peak."""
        if self.quantity.column is not None:
            return self.quantity.column(graph, self.setting)
        return [self.quantity.value(graph, self.setting)]


def costs(budgets: Sequence[Budget], kind: str) -> list[Cost]:
    """MACs, the parameters of ``kind``, and what else ``budgets`` limit."""
    found = {
        "macs": Cost("macs", quantity("macs"), Setting()),
        "params": Cost("params", quantity("params" if kind == "trainable" else kind), Setting()),
    }
    for each in budgets:
        found.setdefault(each.name, Cost(each.name, quantity(each.quantity), each.setting))
    return list(found.values())
