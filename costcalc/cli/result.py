"""Where the result of a command goes, and in which form."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from costcalc.cli import streams
from costcalc.cli.declaration import Word
from costcalc.cli.rules import either
from costcalc.errors import UsageError, shown
from costcalc.outputs import FILES, SUFFIXES
from costcalc.words import one_of

if TYPE_CHECKING:
    from costcalc.outputs.terminal import Terminal
    from costcalc.table import Table

__all__ = ["Form", "Result"]

ENDINGS: Mapping[str, str] = {
    **SUFFIXES,
    ".html": "html",
    ".htm": "html",
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
}
"""The form that a file's name asks for."""

BINARY = ("parquet", "png", "pdf")
"""The forms that are no text."""

FOR_PEOPLE = ("table", "tree")
"""The forms that have rounded numbers and leave out long notes, if asked to."""


class Form(Word):
    """The option ``--format``, from which, with ``--output``, a command gets its `Result`.

    The first of ``forms`` is the default. ``named`` says that a file's name must end as one of them does.
    """

    def __init__(self, forms: Sequence[str], help: str, *, named: bool = False) -> None:
        super().__init__("--format", forms, help)
        self._named = named

    def value(self, ctx: typer.Context, text: Any) -> Result:
        asked = {name: bool(ctx.params.get(name)) for name in ("human", "notes")}
        return Result(text, ctx.params["output"], self.choices, named=self._named, **asked)


class Result:
    """Where the result of a command goes, and in which form: checked before the work is done.

    ``is_default`` says that neither was asked for. A table for people has rounded numbers if ``human``, and its long
    ``notes``. Raises UsageError for a form that is not one of ``formats``, and for an exact one of ``human`` numbers.
    """

    def __init__(
        self,
        format: str | None,
        output: str | None,
        formats: Sequence[str] = FILES,
        *,
        named: bool = False,
        human: bool = False,
        notes: bool = False,
    ) -> None:
        self.is_default = format is None and output is None
        self.format = formats[0]
        self.output = output
        self._human = human
        self._notes = notes
        if format is not None:
            self.format = one_of("--format", format, formats)
        elif output is not None:
            asked = ENDINGS.get(os.path.splitext(output)[1].lower(), "")
            if asked in formats:
                self.format = asked
            elif named:
                known = either([ending for ending, form in ENDINGS.items() if form in formats])
                message = f"--output {shown(output, 200)}: must end in {known}"
                raise UsageError(message, hint="--format overrides the file extension")
        if self.format in BINARY and output is None:
            raise UsageError(
                f"--format {self.format} is binary and requires --output", hint=f"--output FILE.{self.format}"
            )
        if human and self.format not in FOR_PEOPLE:
            raise UsageError(f"--human rounds the numbers of a table: {self.format} keeps every digit")

    def __str__(self) -> str:
        return self.format

    def table(self, table: Table) -> None:
        """Deliver ``table`` in the form that was asked for."""
        self.tables(table)

    def tables(self, *tables: Table) -> None:
        """Deliver several tables, one below the other: a table or Markdown for people."""
        from costcalc.outputs import render

        if self.format == "parquet":
            from costcalc.outputs import parquet

            if len(tables) > 1:
                raise UsageError(f"a parquet file holds only one table, not {len(tables)}")
            self.file(parquet.render(tables[0]))
        elif self.format == "table":
            from costcalc.outputs import terminal

            self.text("\n".join(terminal.render(table, self.terminal()) for table in tables))
        else:
            self.text("\n".join(render(table, self.format) for table in tables))

    def terminal(self) -> Terminal:
        """What the result is shown on; a file is as wide as it needs."""
        from costcalc.outputs.terminal import PLAIN

        where = streams.terminal() if self.output is None else PLAIN
        return where._replace(human=self._human, notes=self._notes)

    def text(self, text: str) -> None:
        """Deliver ``text``."""
        if self.output is None:
            streams.say(text)
        else:
            self.file(text)

    def document(self, content: str | bytes) -> None:
        """Deliver a page or a picture: to stdout, or to the file that was asked for, whose name stderr then says."""
        if self.output is None and isinstance(content, str):
            streams.say(content)
        else:
            self.file(content)
            streams.tell(f"wrote {shown(self.output, 200)}")

    def file(self, content: str | bytes) -> None:
        """Deliver ``content`` to the file that was asked for."""
        from costcalc.outputs.file import write

        assert self.output is not None
        write(content, self.output)
