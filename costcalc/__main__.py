"""The program ``costcalc``, which is also ``python -m costcalc``: Ctrl-C is quiet from here to the end of the process.

While the error boundary is being imported there is nothing to clean up, and an interruption ends the process at once.
After that the first one is a KeyboardInterrupt, and a second one ends the process at once. Nothing is printed, except
by a command that keeps what it has done and says how to resume. Once the result is out, nothing changes any more.
"""

try:
    import gc
    import os
    import signal
    import sys
except KeyboardInterrupt:
    raise SystemExit(130) from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

__all__ = ["main"]

INTERRUPTED = 130


def main() -> int:
    """Run the command line of this process and return its exit status, 130 if it was interrupted.

    Python looks for cycles of garbage after every 700 new objects. A deep model has millions and no such cycle: here it
    looks less often, which saves a quarter of the time.

    A process that ignores SIGINT, as one in the background of a shell does, goes on ignoring it.
    """
    gc.set_threshold(50_000)
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        from costcalc.cli import main as run

        return run()
    signal.signal(signal.SIGINT, _leave)
    sys.unraisablehook = _unraisable
    from costcalc.cli import main as run

    try:
        signal.signal(signal.SIGINT, _interrupt)
        status = run()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:  # before or after the boundary's own
        return INTERRUPTED
    return status


def _leave(number: int, frame: "FrameType | None") -> None:
    """End the process at once."""
    os._exit(INTERRUPTED)


def _interrupt(number: int, frame: "FrameType | None") -> None:
    """Raise KeyboardInterrupt, this one time."""
    signal.signal(signal.SIGINT, _leave)
    raise KeyboardInterrupt


def _unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """End the process where Python would print a KeyboardInterrupt and go on: one that a destructor was running."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        os._exit(INTERRUPTED)
    sys.__unraisablehook__(unraisable)


if __name__ == "__main__":
    sys.exit(main())
