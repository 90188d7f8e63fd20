"""Numbers in sentences and cells: every digit, with separators; what is counted is always named."""

from __future__ import annotations

from typing import Any

__all__ = ["FLOPS_PER_MAC", "count", "difference", "images", "work"]

FLOPS_PER_MAC = 2
"""A multiply-accumulate is one multiplication and one addition."""


def count(number: Any) -> str:
    """``300,774,272``: every digit, with separators of thousands."""
    return f"{number:,}"


def difference(number: Any) -> str:
    """``-13,356,224``, ``+62,720``: a count with its sign."""
    return f"{number:+,}"


def work(macs: Any) -> str:
    """``300,774,272 MACs = 601,548,544 FLOPs``: both always named, a multiply-accumulate being two operations."""
    return f"{count(macs)} MACs = {count(FLOPS_PER_MAC * macs)} FLOPs"


def images(batch: int) -> str:
    """``one image``, ``8 images``."""
    return "one image" if batch == 1 else f"{count(batch)} images"
