"""The error boundary: one message, the right exit status, never a traceback."""

import errno
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costcalc.inference
from costcalc.cli import boundary
from costcalc.errors import CheckFailed, CostcalcError, MissingError, UsageError
from tests.cli.runner import refused, run


def raising(error: BaseException) -> Any:
    """A function that raises ``error`` whatever it is called with."""

    def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (CostcalcError("wrong", file="a.yaml", line=3, column=7, path="layers[0]"), 2, "a.yaml:3:7: layers[0]: wrong"),
        (UsageError("no model x", hint="did you mean y?"), 2, "no model x (did you mean y?)"),
        (CheckFailed("2 differences"), 1, "2 differences"),
        (MissingError("torch is needed", hint="pip install 'costcalc[torch]'"), 3, "(pip install 'costcalc[torch]')"),
        (RecursionError("maximum recursion depth exceeded"), 2, "nested too deep"),
        (MemoryError(), 2, "not enough memory"),
        (
            OSError(errno.EIO, os.strerror(errno.EIO), "disk"),
            2,
            'disk: cannot be read or written: the system says "Input/output error"',
        ),
        (OSError(), 2, 'cannot be read or written: the system says "OSError"'),
        (
            ZeroDivisionError("division by zero"),
            2,
            "internal error, please report it: ZeroDivisionError: division by zero",
        ),
        (AssertionError(), 2, "internal error"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_one_line_and_a_status(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, message: str
) -> None:
    """Whatever a command raises, the user sees one line."""
    monkeypatch.setattr(costcalc.inference, "infer", raising(error))
    said = refused("params", "mobilenetv2", status=status)
    assert message in said
    assert "Traceback" not in said


def test_an_interruption_exits_with_130_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is no error."""
    monkeypatch.setattr(costcalc.inference, "infer", raising(KeyboardInterrupt()))
    assert run("params", "mobilenetv2") == (130, "", "")


def test_an_interruption_under_another_name_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11 makes a RuntimeError of a KeyboardInterrupt that arrives while a class is being made."""
    error = RuntimeError("Error calling __set_name__ on 'cached_property' instance")
    error.__cause__ = KeyboardInterrupt()
    monkeypatch.setattr(costcalc.inference, "infer", raising(error))
    assert run("params", "mobilenetv2") == (130, "", "")


def test_a_message_stays_on_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Newlines and control characters of a message do not reach the terminal."""
    monkeypatch.setattr(costcalc.inference, "infer", raising(UsageError("two\nlines \x1b[31m\r\tend")))
    assert refused("params", "mobilenetv2") == "two lines [31m end"


def test_the_environment_can_ask_for_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """COSTCALC_DEBUG=1 shows where an internal error came from, and the status stays."""
    monkeypatch.setattr(costcalc.inference, "infer", raising(ZeroDivisionError("division by zero")))
    monkeypatch.setenv("COSTCALC_DEBUG", "1")
    result = run("params", "mobilenetv2")
    assert result.status == 2
    assert "Traceback" in result.err
    assert result.err.splitlines()[-1].startswith("costcalc: error: internal error")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("params", "mobilenetv2", "-q"), "no option -q (see costcalc params --help)"),
        (("params", "mobilenetv2", "--format"), "--format requires a value"),
        (
            ("params", "mobilenetv2", "--quiet=1"),
            "--quiet takes no value",
        ),
        (("models", "mobilenetv2"), "too many arguments: mobilenetv2 (see costcalc models --help)"),
        (("schema", "--fromat"), "no option --fromat (see costcalc schema --help)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_an_error_of_usage_has_the_same_form(arguments: tuple[str, ...], message: str) -> None:
    """What typer refuses looks like what costcalc refuses, and exits with 2."""
    assert refused(*arguments) == message


def test_what_typer_refuses_for_a_reason_unknown_here_is_quoted() -> None:
    """After a sentence of our own."""
    import typer

    error = typer.BadParameter("odd\nand more")
    said = 'invalid command line: typer says "Invalid value: odd"'
    assert str(boundary._usage_error(error)) == said


def test_no_stderr_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the message cannot be written, the status speaks alone."""
    import sys

    monkeypatch.setattr(sys, "stderr", None)
    assert boundary.main(["params", "nothing-like-it"]) == 2


WORDS = (
    *(
        "params",
        "macs",
        "show",
        "models",
        "schema",
        "nothing",
        "mobilenetv1",
        "mobilenetv2",
        "README.md",
        "-",
        "--",
        "--=",
    ),
    *(
        "--alpha",
        "--alpha=",
        "--alpha=0.5",
        "0.5",
        "-1",
        "--no-alpha",
        "--resolution",
        "7",
        "1e999",
        "nan",
        "--x=y",
        "-q",
    ),
    *("--format", "json", "csv", "--top", "3", "--top=-1", "--by", "type", "--kind", "stored", "--set", "t=3", "="),
    *("--quiet", "--help", "--version", "", "%s", "{}", "\udc80", "--\udc80", "\n", "\0", "\N{COLLISION SYMBOL}"),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(WORDS), max_size=6))
def test_no_command_line_is_an_internal_error(arguments: list[str]) -> None:
    """Any words in any order end with 0 or with one message and 2."""
    result = run(*arguments)
    assert result.status in (0, 2)
    assert result.err.count("\n") == (1 if result.status else 0)
    assert "internal error" not in result.err
