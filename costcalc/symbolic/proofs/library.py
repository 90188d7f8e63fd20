"""The theorems by name: the files of ``specs/theorems``, those about every model at once, and a user's own file."""

from __future__ import annotations

import os
from functools import cached_property

from costcalc.errors import UsageError, nearest, shown
from costcalc.spec.read import read_file
from costcalc.spec.shipped import specs_folder
from costcalc.symbolic.proofs.claims import Statement, parse
from costcalc.symbolic.proofs.verdict import Theorem, Verdict

__all__ = ["StatedTheorem", "load_theorem", "shipped_theorems"]


class StatedTheorem:
    """A theorem that a YAML file states. Raises SpecError, when it is asked, for a file that does not."""

    def __init__(self, name: str, path: str, file: str) -> None:
        self.name = name
        self._path = path
        self._file = file

    @cached_property
    def statement(self) -> Statement:
        """What the file says."""
        return parse(read_file(self._path, self._file), self.name)

    @property
    def claim(self) -> str:
        """The claim in a sentence."""
        return self.statement.claim

    @property
    def source(self) -> str:
        """Who says so."""
        return self.statement.source

    @property
    def conditions(self) -> str:
        """Of what it is claimed."""
        return self.statement.conditions

    def prove(self) -> Verdict:
        """The verdict on all its comparisons."""
        from costcalc.symbolic.proofs.prover import prove

        return prove(self.statement)


def _folder() -> str:
    return os.path.join(specs_folder(), "theorems")


def shipped_theorems() -> list[str]:
    """The names of the theorems that costcalc brings, sorted."""
    from costcalc.symbolic.proofs.every import EVERY

    files = [file.removesuffix(".yaml") for file in os.listdir(_folder()) if file.endswith(".yaml")]
    return sorted([*files, *EVERY])


def load_theorem(name: str) -> Theorem:
    """The theorem called ``name``: a shipped one, or the path of a YAML file. Raises UsageError for neither."""
    from costcalc.symbolic.proofs.every import EVERY

    if name in EVERY:
        return EVERY[name]
    if os.sep in name or "/" in name or name.endswith((".yaml", ".yml")):
        stem = os.path.basename(name).removesuffix(".yaml").removesuffix(".yml")
        return StatedTheorem(stem, name, name)
    if name in shipped_theorems():
        return StatedTheorem(name, os.path.join(_folder(), f"{name}.yaml"), f"specs/theorems/{name}.yaml")
    hint = nearest(name, shipped_theorems())
    if not name:
        raise UsageError("the name of a theorem is empty: give a shipped one or the path of a YAML file")
    raise UsageError(f"no theorem {shown(name)}: neither a shipped one nor a file", hint=hint)
