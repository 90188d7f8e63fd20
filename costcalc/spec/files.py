"""Where the documents of specs come from: the disk, or a revision of the git repository that holds them."""

from __future__ import annotations

import os

from costcalc.errors import CostcalcError, MissingError, SpecError, UsageError, file_reason, shown
from costcalc.spec.read import MAX_BYTES, Node, read_bytes, read_file
from costcalc.spec.shipped import specs_folder

__all__ = ["DISK", "GIT", "Files", "Revision"]


class Files:
    """The files as they are on disk."""

    when = ""
    """What a message adds to the name of a file."""

    def read(self, path: str, name: str) -> Node:
        """The document in the file at ``path``, called ``name`` in messages. Raises SpecError as `read_file` does."""
        return read_file(path, name)

    def exists(self, path: str) -> bool:
        """Is there a file at ``path``?"""
        return os.path.lexists(path)

    def identity(self, path: str) -> str:
        """One text for a file, by whatever path and links it is reached."""
        try:
            return os.path.realpath(path)
        except ValueError:  # a name that no file can have
            return path

    def label(self, path: str) -> str:
        """The name in messages of the file at ``path``."""
        return path

    def path(self, label: str) -> str:
        """The path of the file that messages call ``label``."""
        return label


DISK = Files()

GIT = ("git", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
"""How git is called: a checkout's own settings may name programs, and to read it must not run them."""

MAX_REVISION = 1000
"""How many characters the name of a revision may have; an operating system refuses too long a command line."""


class _Entry:
    """What a revision has at a path: its mode, the name of its content, and its size in bytes."""

    def __init__(self, line: str) -> None:
        self.mode, self.kind, self.content, size = line.split("\t", 1)[0].split()
        self.size = int(size) if size.isdigit() else 0


class Revision(Files):
    """The files as they were at ``revision`` in the git repository that the file at ``path`` is in.

    Shipped specs that the repository does not have come from the disk. Raises UsageError for a path outside any
    repository and for a revision that it does not have, MissingError where there is no git.
    """

    def __init__(self, path: str, revision: str) -> None:
        self.revision = revision
        self.when = f" at {shown(revision)}"
        self.prefix = f"{revision}:"
        folder = os.path.dirname(os.path.abspath(path))
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        status, found, said = _git(folder, "rev-parse", "--show-toplevel")
        if status:
            where = shown(path, 200)
            if "not a git repository" in said:
                raise UsageError(f"{where} is in no git repository, and has no revision {shown(revision)}")
            raise UsageError(f"git cannot read the repository of {where}: {shown(said.strip(), 300)}")
        self.root = os.path.realpath(os.fsdecode(found).removesuffix("\n"))
        self.commit = self._commit(revision)
        self.entries: dict[str, _Entry | None] = {}

    def _commit(self, revision: str) -> str:
        hint = "a clone made for CI may be shallow: fetch that revision too"
        if revision and not revision.startswith("-") and "\0" not in revision and len(revision) <= MAX_REVISION:
            status, found, _ = _git(self.root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
            if not status:
                return found.decode().strip()
        raise UsageError(f"no revision {shown(revision)} in the git repository {shown(self.root, 200)}", hint=hint)

    def read(self, path: str, name: str) -> Node:
        entry = self._entry(path)
        if entry is None:
            if self._is_shipped(path):
                return read_file(path, name)
            raise SpecError(f"there is no such file{self.when}", file=name)
        label = name if name.startswith(self.prefix) else self.prefix + name
        if entry.kind != "blob" or entry.mode == "120000":
            what = "symbolic link" if entry.mode == "120000" else "folder" if entry.kind == "tree" else "submodule"
            raise SpecError(f"this is a {what}, not a YAML file", file=label)
        data = b" " * (MAX_BYTES + 1) if entry.size > MAX_BYTES else self._content(entry)
        return read_bytes(data, label)

    def _content(self, entry: _Entry) -> bytes:
        status, data, said = _git(self.root, "cat-file", "blob", entry.content)
        if status:
            raise CostcalcError(f"git cannot read {entry.content}: {shown(said.strip(), 300)}")
        return data

    def exists(self, path: str) -> bool:
        return self._entry(path) is not None

    def label(self, path: str) -> str:
        return self.prefix + path

    def path(self, label: str) -> str:
        return label.removeprefix(self.prefix)

    def _is_shipped(self, path: str) -> bool:
        return os.path.realpath(path).startswith(os.path.realpath(specs_folder()) + os.sep)

    def _entry(self, path: str) -> _Entry | None:
        """What the revision has at ``path``; None for nothing, and for a path outside the repository."""
        if "\0" in path:
            return None
        folder, name = os.path.split(os.path.abspath(path))
        inside = os.path.relpath(os.path.join(os.path.realpath(folder), name), self.root)
        if inside not in self.entries:
            found = b""
            if inside.split(os.sep, 1)[0] != os.pardir:
                tree = inside.replace(os.sep, "/")
                _, found, _ = _git(self.root, "ls-tree", "-z", "--long", "--full-tree", self.commit, "--", tree)
            self.entries[inside] = _Entry(os.fsdecode(found)) if found else None
        return self.entries[inside]


def _git(folder: str, *arguments: str) -> tuple[int, bytes, str]:
    """The exit status of git in ``folder``, and what it prints on both streams. Raises MissingError without git."""
    import subprocess

    command = [*GIT, "-C", folder, *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        )
    except FileNotFoundError:
        raise MissingError("a revision needs git, and there is none on the PATH") from None
    except OSError as error:
        raise CostcalcError(f"git cannot be run: {file_reason(error)}") from None
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")
