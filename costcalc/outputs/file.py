"""A result to a file: the whole of it, or the file stays as it was."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

from costcalc.errors import CostcalcError, file_reason, shown

__all__ = ["write"]


def write(content: str | bytes, path: str) -> None:
    """Write ``content``, text as UTF-8, to the file at ``path``, by way of a temporary file in the same folder.

    A link keeps pointing where it did, a file keeps its permissions, and what is no regular file (a pipe, a device) is
    written to directly. Raises CostcalcError where it cannot be written; the temporary file is gone then.
    """
    data = content.encode("utf-8", errors="backslashreplace") if isinstance(content, str) else content
    if not path:
        raise CostcalcError("cannot write the result: the file's name is empty")
    try:
        _write(data, path)
    except FileNotFoundError:
        raise CostcalcError(f"cannot write {shown(path, 200)}: there is no such folder") from None
    except (OSError, ValueError) as error:
        reason = file_reason(error)
        raise CostcalcError(f"cannot write {shown(path, 200)}: {reason}") from None


def _write(data: bytes, path: str) -> None:
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        mode = None
    if path.endswith(os.sep) if mode is None else stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if mode is not None and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if mode is not None and not stat.S_ISREG(mode):
        with open(path, "wb") as stream:
            stream.write(data)
        return
    target = os.path.realpath(path)
    temporary = os.path.join(os.path.dirname(target), f".costcalc-{os.urandom(8).hex()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(descriptor)
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
