"""What torch's autograd records of a layer while it trains: operations, and what each keeps for the backward pass.

A layer says it in `Layer.tape`. Elements are for one image. The tape itself is decided on whole numbers.
"""

from __future__ import annotations

from typing import NamedTuple

from costcalc.dims import Dim, Shape, product

__all__ = ["OFTEN", "RESULT", "Made", "Operation", "Tape", "padding"]

RESULT = -1
"""In `Operation.saves`: the operation's own result."""

OFTEN = 3
"""How many times `Operation.takes` names a value that the operation takes that often or more often.

An operation that passes its gradient on makes nothing for the forward pass each time it takes a value. Backward, the
gradients of one value are added two by two. The first addition may find a gradient that others hold; the second finds
the sum of the first, which nobody else holds; and each one after it does what the second did, with the same bytes.
"""


class Made(NamedTuple):
    """A tensor that an operation makes beside its result.

    ``kind`` says how wide its elements are: ``value`` (as the result's), ``statistic`` (as the parameters'), ``index``
    (8 bytes), ``truth`` (1 byte). It is made for each image, or once for all if ``shared``.
    """

    elements: Dim
    kind: str = "value"
    shared: bool = False


class Operation(NamedTuple):
    """One differentiable operation: what its result is, what it keeps, what its backward pass makes.

    ``elements``: of its result. ``takes``: the values it is applied to, by number: the layer's inputs first, then the
    results of the operations before it. ``saves``: the values among these that are kept for the backward pass, or
    `RESULT`; if ``crosswise``, each of two factors (one may be the weight) is kept for the gradient of the other alone.
    ``keeps``: tensors made for the backward pass. ``temporary``: tensors that are gone when the operation is done.

    ``view``: the result is no tensor of its own but a part of the first value. ``passes``: the gradients that it hands
    on are the one that it receives, or parts of it; else it makes one for each value. ``parameters``: those whose
    gradients it makes; if ``spread``, each at the size of the result before it is summed. ``scratch``: all tensors that
    its backward pass holds at once where these are more than the gradients that it hands on.

    ``precision`` is what automatic mixed precision does: ``same`` (the widest of its values), ``low`` (values and
    parameters are copied to 2 bytes an element), ``full`` (values are copied to 4), ``wide`` (the result has 4 because
    a parameter has), ``widest`` (values are copied to the widest of them). ``shared``: one result for all images.
    ``over``: how many values of an image each statistic is taken over; 0 without statistics of the batch.
    """

    elements: Dim
    takes: tuple[int, ...] = (0,)
    saves: tuple[int, ...] = ()
    keeps: tuple[Made, ...] = ()
    temporary: tuple[Made, ...] = ()
    view: bool = False
    passes: bool = False
    parameters: tuple[str, ...] = ()
    spread: bool = False
    scratch: tuple[Made, ...] = ()
    crosswise: bool = False
    precision: str = "same"
    shared: bool = False
    over: Dim = 0


Tape = tuple[Operation, ...]
"""The operations of a layer, in order. The last one's result is the layer's; without any, its first input is."""


def padding(shape: Shape, pad: tuple[Dim, Dim, Dim, Dim] | None) -> Tape:
    """The operation that pads an image of ``shape`` first, for a layer whose torch class does; else none.

    ``pad`` is left, right, top, bottom. Keeps nothing: the gradient is a part of the one that comes back, copied.
    """
    if pad is None:
        return ()
    channels, height, width = shape
    left, right, top, bottom = pad
    return (Operation(product((channels, height + top + bottom, width + left + right))),)
