"""Arithmetic of sliding windows, shared by convolutions and poolings: padding, and how many positions there are."""

from __future__ import annotations

from costcalc.dims import Dim, ceil_div, is_exact_int, maximum, minimum

__all__ = ["ceil_positions", "explicit_padding", "positions", "same_padding", "span"]

Two = tuple[Dim, Dim]


def span(kernel: Dim, dilation: Dim) -> Dim:
    """The extent of a dilated kernel."""
    return dilation * (kernel - 1) + 1


def same_padding(n: Dim, kernel: Dim, stride: Dim, dilation: Dim) -> Two:
    """TensorFlow's ``SAME`` for an axis of size ``n``: (before, after), the odd one after.

    Source: tensorflow.org/api_docs/python/tf/nn, "Notes on padding".
    """
    reach = span(kernel, dilation)
    total = (ceil_div(n, stride) - 1) * stride + reach - n
    # Where windows overlap or touch, that is not below 0: ceil(n / stride) * stride >= n.
    if not (is_exact_int(reach) and is_exact_int(stride) and reach >= stride):
        total = maximum(total, 0)
    return total // 2, total - total // 2


def explicit_padding(padding: str | Two, size: Two, kernel: Two, stride: Two, dilation: Two) -> tuple[Two, Two]:
    """Padding as numbers: ((top, bottom), (left, right))."""
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "half":
        top, left = (d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
        return (top, top), (left, left)
    if isinstance(padding, str):
        rows, columns = (same_padding(*axis) for axis in zip(size, kernel, stride, dilation, strict=True))
        return rows, columns
    return (padding[0], padding[0]), (padding[1], padding[1])


def positions(n: Dim, padding: Two, kernel: Dim, stride: Dim, dilation: Dim) -> Dim:
    """How many windows fit an axis of size ``n``."""
    return (n + padding[0] + padding[1] - span(kernel, dilation)) // stride + 1


def ceil_positions(n: Dim, padding: Two, kernel: Dim, stride: Dim, dilation: Dim) -> Dim:
    """The same in ceil mode: a last window may stick out, if it starts inside the input or the padding before it.

    Source: torch.nn.MaxPool2d, `ceil_mode`.
    """
    reach = ceil_div(n + padding[0] + padding[1] - span(kernel, dilation), stride) + 1
    count: Dim = minimum(reach, ceil_div(n + padding[0], stride))
    return count
