"""The one error boundary: whatever happens, a user sees one short message and the exit status says what kind it was."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from costcalc.cli import streams
from costcalc.errors import CostcalcError, UsageError, did_you_mean, file_reason, quoted, shown

if TYPE_CHECKING:
    from typer import TyperException

__all__ = ["INTERRUPTED", "PROGRAM", "main"]

PROGRAM = "costcalc"
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line ``arguments`` (the process's own by default) and return its exit status.

    0 done, 1 a check failed, 2 the input or the usage is wrong, 3 something that the command needs is missing, 130
    interrupted. COSTCALC_DEBUG=1 in the environment shows where an error came from.
    """
    try:
        streams.prepare()
        status = _run(list(sys.argv[1:] if arguments is None else arguments))
        streams.flush()
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        streams.discard()
        return 0
    except CostcalcError as error:
        return _fail(str(error), error.exit_code)
    except RecursionError:
        return _fail("nested too deep", CostcalcError.exit_code)
    except MemoryError:
        return _fail("not enough memory", CostcalcError.exit_code)
    except OSError as error:
        parts = (error.filename, f"cannot be read or written: {file_reason(error)}")
        return _fail(": ".join(str(part) for part in parts if part), CostcalcError.exit_code)
    except Exception as error:
        if _was_interrupted(error):
            return INTERRUPTED
        what = f"{type(error).__name__}: {error}"
        return _fail(
            f"internal error, please report it: {what} (COSTCALC_DEBUG=1 shows where)", CostcalcError.exit_code
        )


def _run(arguments: list[str]) -> int:
    import typer

    from costcalc.cli.app import command_line

    group = command_line()
    if os.environ.get(f"_{PROGRAM.upper()}_COMPLETE"):
        from costcalc.cli.completion import without_signs

        without_signs()
        group.main(arguments, prog_name=PROGRAM)
    try:
        with group.make_context(PROGRAM, arguments) as context:
            group.invoke(context)
    except typer.Exit as exit:
        return exit.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.TyperException as error:
        raise _usage_error(error) from error
    except SystemExit:  # rich's answer to a reader of --help that goes away; the end of typer's --install-completion
        return 0
    return 0


def _usage_error(error: TyperException) -> UsageError:
    """What typer refuses, in our own words; its own are quoted where its exception tells nothing else."""
    context, option = getattr(error, "ctx", None), getattr(error, "option_name", None)
    parameter = getattr(error, "param", None)
    hints = [f"see {context.command_path} --help"] if context else []
    words = error.format_message()
    extra = re.search(r"unexpected extra arguments?(?:\(s\))? \((.*)\)", words, re.DOTALL)
    if option is not None and hasattr(error, "possibilities"):
        message = f"no option {shown(option)}"
        known = [name for each in context.command.params for name in each.opts] if context else []
        near = did_you_mean(option, [name for name in known if name.startswith("--")])
        hints = [*([near] if near else []), *hints]
    elif option is not None:
        message = f"{shown(option)} {'takes no value' if 'not take a value' in words else 'requires a value'}"
    elif extra:
        message = f"too many arguments: {shown(extra[1], 200)}"
    elif parameter is not None:
        message = f"{parameter.get_error_hint(context)} is missing or invalid: {quoted('typer', words)}"
    else:
        message = f"invalid command line: {quoted('typer', words)}"
    return UsageError(message, hint="; ".join(hints) or None)


def _was_interrupted(error: BaseException | None) -> bool:
    """Does ``error`` come of a KeyboardInterrupt? One in ``__set_name__`` becomes a RuntimeError up to Python 3.11."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _fail(message: str, status: int) -> int:
    """Say ``message`` on one line of stderr; where even that cannot be done, the status alone speaks."""
    with suppress(OSError, ValueError):
        if os.environ.get("COSTCALC_DEBUG"):
            import traceback

            traceback.print_exc()
        if sys.stderr is not None:
            line = " ".join("".join(c if c.isprintable() else " " for c in message).split())
            sys.stderr.write(f"{PROGRAM}: error: {line}\n")
            sys.stderr.flush()
    return status
