"""The rows of a table as the test cases of a JUnit XML file, which CI servers show: GitLab, Jenkins, Azure."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from costcalc.outputs import units
from costcalc.table import Table

__all__ = ["render"]


def render(table: Table, suite: str, *, group: str, case: str, failure: str) -> str:
    """A test suite called ``suite`` with a case for each row of ``table``.

    The keys say which cells hold the class of a case (``group``), its name (``case``), and why it failed (``failure``,
    None where it did not). There is neither a time nor a host in it: the same table gives the same text.
    """
    failed = sum(row.get(failure) is not None for row in table.rows)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites tests="{len(table.rows)}" failures="{failed}">')
    lines.append(f'  <testsuite name={_quoted(suite)} tests="{len(table.rows)}" failures="{failed}" errors="0">')
    for row in table.rows:
        head = f"    <testcase classname={_quoted(row[group])} name={_quoted(row[case])}"
        if row.get(failure) is None:
            lines.append(f"{head}/>")
        else:
            lines += [f"{head}>", f"      <failure message={_quoted(row[failure])}/>", "    </testcase>"]
    return "\n".join([*lines, "  </testsuite>", "</testsuites>"]) + "\n"


def _quoted(value: Any) -> str:
    return quoteattr(units.line(value))
