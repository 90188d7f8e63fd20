"""Workflow commands of GitHub Actions: lines by which a step puts a message beside a line of a file."""

from __future__ import annotations

from costcalc.outputs import units

__all__ = ["annotation"]


def annotation(message: str, *, file: str | None = None, line: int | None = None, title: str | None = None) -> str:
    """``::error file=...,line=...,title=...::message``, one line, without a line break at its end.

    Whatever is in the texts is shown as text: what would end a property or the command is escaped as GitHub's own
    toolkit does it. Source: actions/toolkit, packages/core/src/command.ts.
    """
    given = {"file": file, "line": line, "title": title}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in given.items() if value is not None)
    return f"::error{' ' if properties else ''}{properties}::{_data(message)}"


def _data(text: str) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return units.line(escaped)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
