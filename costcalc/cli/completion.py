"""What bash says of the line that is being completed, as if no word had an equals sign."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

__all__ = ["without_signs"]


def without_signs(environment: MutableMapping[str, str] = os.environ) -> None:
    """Takes the sign of ``--by=layer`` out of ``environment``: bash counts it as a word, and completes what follows it.

    The words after the one that is being written go too.
    """
    try:
        current = int(environment["COMP_CWORD"])
    except (KeyError, ValueError):
        return
    words = environment.get("COMP_WORDS", "").split("\n")[: current + 1]
    signs = {place for place, word in enumerate(words) if word == "=" and words[place - 1].startswith("--")}
    kept = [word for place, word in enumerate(words) if place not in signs]
    if len(words) - 1 in signs:
        kept.append("")  # what follows the sign
    environment["COMP_WORDS"] = "\n".join(kept)
    environment["COMP_CWORD"] = str(len(kept) - 1)
