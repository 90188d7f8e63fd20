"""A file of ceilings: what a machine can do at best, measured once."""

from __future__ import annotations

from costcalc.device.results.reading import MAX_BYTES, parsed, schema_of
from costcalc.device.results.records import CEILINGS, Ceilings
from costcalc.errors import CostcalcError, file_reason

__all__ = ["ceilings_text", "read_ceilings"]


def read_ceilings(file: str) -> Ceilings:
    """The ceilings in ``file``. Raises CostcalcError where it cannot be read or is no such file of this version."""
    try:
        with open(file, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        hint = "costcalc roofline measures them" if isinstance(error, FileNotFoundError) else None
        raise CostcalcError(f"cannot read it: {file_reason(error)}", file=file, hint=hint) from None
    if len(data) > MAX_BYTES:
        raise CostcalcError(f"larger than {MAX_BYTES // 2**20} MiB", file=file)
    schema_of(data, CEILINGS, file)
    return parsed(Ceilings, data, file)


def ceilings_text(ceilings: Ceilings) -> str:
    """``ceilings`` as the text of a file."""
    return f"{ceilings.model_dump_json(by_alias=True, indent=2)}\n"
