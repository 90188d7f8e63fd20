"""The one error boundary: whatever happens, a user sees one short message and the exit status says what kind it was."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from costcalc.cli import streams
from costcalc.errors import CostcalcError, UsageError

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
        return _fail("interrupted", INTERRUPTED)
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
        parts = (error.filename, error.strerror or type(error).__name__)
        return _fail(": ".join(str(part) for part in parts if part), CostcalcError.exit_code)
    except Exception as error:
        if _was_interrupted(error):
            return _fail("interrupted", INTERRUPTED)
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
        context = getattr(error, "ctx", None)
        hint = f"see {context.command_path} --help" if context else None
        raise UsageError(error.format_message(), hint=hint) from error
    except SystemExit:  # rich's answer to a reader of --help that goes away; the end of typer's --install-completion
        return 0
    return 0


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
            sys.stderr.write(f"{PROGRAM}: error: {line}\n" if status != INTERRUPTED else f"{PROGRAM}: {line}\n")
            sys.stderr.flush()
    return status
