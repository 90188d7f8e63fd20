"""The command line. A file in `costcalc.cli.commands` is a command; everything heavy is imported where it is used."""

from costcalc.cli.boundary import main

__all__ = ["main"]
