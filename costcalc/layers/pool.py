"""Poolings: over a sliding window, over the whole image, to a fixed size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.dims import Dim, Shape, compare, decide, gcd, holds_anywhere, maximum, product
from costcalc.errors import LayerError, shown
from costcalc.layers.allocation import NEW, Allocation, Tensors, surrounded
from costcalc.layers.base import Layer, Parameter, TorchCall, image
from costcalc.layers.fields import Flag, Padding, Pair
from costcalc.layers.tape import Made, Operation, Tape, padding
from costcalc.layers.window import Two, ceil_positions, explicit_padding, positions, span

__all__ = ["AvgPool", "GlobalAvgPool", "GlobalMaxPool", "MaxPool", "PoolTo", "SumPool"]


class _Pool(Layer):
    """What all poolings share: no parameters."""

    def parameters(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Parameter, ...]:
        return ()

    def narrowed(self, inputs: tuple[Shape, ...], channels: Dim) -> Layer | None:
        return self


class _WindowPool(_Pool):
    """What max_pool, avg_pool and sum_pool share: where the windows are."""

    kernel: tuple[Dim, Dim]
    stride: tuple[Dim, Dim]
    padding: str | tuple[Dim, Dim]
    dilation: tuple[Dim, Dim] = (1, 1)
    ceil_mode: bool

    def out_shape(self, *inputs: Shape) -> Shape:
        channels, *size = image(inputs[0], self.type)
        if not isinstance(self.padding, str):
            for pad, kernel in zip(self.padding, self.kernel, strict=True):
                if holds_anywhere(compare(">", pad, kernel // 2)):
                    raise LayerError(
                        f"padding = {shown(self.padding)}: must be at most half the kernel {shown(self.kernel)}",
                        field="padding",
                    )
        count = ceil_positions if self.ceil_mode else positions
        axes = zip(size, self._padding(inputs[0]), self._axes, strict=True)
        return (channels, *(count(n, pads, *axis) for n, pads, axis in axes))

    @property
    def _axes(self) -> tuple[tuple[Dim, Dim, Dim], ...]:
        """(kernel, stride, dilation) of each axis."""
        return tuple(zip(self.kernel, self.stride, self.dilation, strict=True))

    def _padding(self, shape: Shape) -> tuple[Two, Two]:
        return explicit_padding(self.padding, (shape[1], shape[2]), self.kernel, self.stride, self.dilation)

    def _torch(self, inputs: tuple[Shape, ...], output: Shape, name: str, arguments: Mapping[str, Any]) -> TorchCall:
        """The call of torch's own class where that can pad so; else of the class that pads first and pools then."""
        rows, columns = self._padding(inputs[0])
        arguments = {"kernel_size": self.kernel, "stride": self.stride, **arguments}
        own = all(
            decide(compare("==", before, after)) and decide(compare("<=", 2 * before, kernel))
            for (before, after), kernel in zip((rows, columns), self.kernel, strict=True)
        )
        if own:
            padding = (rows[0], columns[0])
            return TorchCall(name, {**arguments, "padding": padding, "ceil_mode": self.ceil_mode})
        sides: list[Dim] = []
        axes = zip((columns, rows), inputs[0][:0:-1], output[:0:-1], self._axes[::-1], strict=True)
        for (before, after), n, count, (kernel, stride, dilation) in axes:
            # In ceil mode the last window may stick out: enough padding after it does what ceil mode would.
            reached = (count - 1) * stride + span(kernel, dilation)
            sides += before, maximum(after, reached - n - before)
        return TorchCall(f"Padded{name}", {**arguments, "pad": tuple(sides)})


class MaxPool(_WindowPool):
    """The greatest value of each window, padding being less than any value.

    A window of kernel height * kernel width values, padding included, takes one comparison fewer than it has values.
    Source: torch.nn.MaxPool2d, whose bound on padding given as numbers is kept: half the kernel at most.
    """

    type = "max_pool"
    fields = {
        "kernel": Pair(),
        "stride": Pair(1),
        "padding": Padding(),
        "dilation": Pair(1),
        "ceil_mode": Flag(False, help="let a last window stick out"),
    }

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        return {"compares": product(output) * (self.kernel[0] * self.kernel[1] - 1)}

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: its input, padded if torch pads first, and for each output where in the image it stood, in 8 bytes."""
        padded = padding(inputs[0], self.torch(inputs, output).arguments.get("pad"))
        places = Made(product(output), "index")
        return (*padded, Operation(product(output), (len(padded),), saves=(len(padded),), keeps=(places,)))

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor; the index of each maximum and the padded input where torch pads first are temporary."""
        pad = self.torch(inputs, output).arguments.get("pad")
        indices = tensors.batch * product(output) * tensors.index_width
        return Allocation(transient=surrounded(inputs[0], pad, tensors) + indices)

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return self._torch(inputs, output, "MaxPool2d", {"dilation": self.dilation})


class AvgPool(_WindowPool):
    """The mean of each window.

    A window of kernel height * kernel width values, padding included, takes one addition fewer than it has values, and
    one division. Source: torch.nn.AvgPool2d, whose bound on padding given as numbers is kept: half the kernel at most.
    """

    type = "avg_pool"
    fields = {
        "kernel": Pair(),
        "stride": Pair(1),
        "padding": Padding(),
        "ceil_mode": Flag(False, help="let a last window stick out"),
        "count_include_pad": Flag(True, help="count the padding's zeros in the mean"),
    }

    count_include_pad: bool

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        elements = product(output)
        return {"adds": elements * (self.kernel[0] * self.kernel[1] - 1), "divides": elements}

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: its input, padded if torch pads first, although its shape would be enough.

        Without the padding in the mean, torch's class that pads first divides by the mean of a padded image of ones,
        one for all images and channels; the quotient keeps that.
        """
        padded = padding(inputs[0], self.torch(inputs, output).arguments.get("pad"))
        pool = Operation(product(output), (len(padded),), saves=(len(padded),))
        if not padded or self.count_include_pad:
            return (*padded, pool)
        ones = Made(product(inputs[0][1:]), shared=True)
        surrounded = Made(padded[0].elements // inputs[0][0], shared=True)
        inside = Operation(product(output[1:]), (), temporary=(ones, surrounded), shared=True)
        return (*padded, pool, inside, Operation(product(output), (2, 3), saves=(3,)))

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor; the padded input where torch pads first is temporary.

        Without the padding in the mean, torch's class that pads first then divides by the means of a padded image
        of ones, one for all images and channels.
        """
        pad = self.torch(inputs, output).arguments.get("pad")
        padded = surrounded(inputs[0], pad, tensors)
        if pad is None or self.count_include_pad:
            return Allocation(transient=padded)
        one = Tensors(1, tensors.width)
        counts = one.bytes((1, *output[1:]))
        ones = one.bytes((1, *inputs[0][1:])) + surrounded((1, *inputs[0][1:]), pad, one)
        return Allocation(transient=maximum(padded, counts + ones, counts + tensors.bytes(output)))

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return self._torch(inputs, output, "AvgPool2d", {"count_include_pad": self.count_include_pad})


class SumPool(_WindowPool):
    """The sum of each window.

    A window of kernel height * kernel width values, padding included, takes one addition fewer than it has values.
    Source: LeCun et al. 1998, section II.B, layer S2; torch.nn.AvgPool2d with a divisor of 1.
    """

    type = "sum_pool"
    fields = {
        "kernel": Pair(),
        "stride": Pair(1),
        "padding": Padding(),
        "ceil_mode": Flag(False, help="let a last window stick out"),
    }

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        return {"adds": product(output) * (self.kernel[0] * self.kernel[1] - 1)}

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor; the padded input where torch pads first is temporary."""
        pad = self.torch(inputs, output).arguments.get("pad")
        return Allocation(transient=surrounded(inputs[0], pad, tensors))

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: its input, padded if torch pads first, although its shape would be enough."""
        padded = padding(inputs[0], self.torch(inputs, output).arguments.get("pad"))
        return (*padded, Operation(product(output), (len(padded),), saves=(len(padded),)))

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return self._torch(inputs, output, "AvgPool2d", {"divisor_override": 1})


class GlobalAvgPool(_Pool):
    """The mean of each channel, an image becoming a vector.

    A channel of height * width values takes one addition fewer than it has values, and one division. Source: Lin et
    al., arXiv:1312.4400, section 3.2.
    """

    type = "global_avg_pool"

    def out_shape(self, *inputs: Shape) -> Shape:
        return image(inputs[0], self.type)[:1]

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        channels, height, width = inputs[0]
        return {"adds": channels * (height * width - 1), "divides": channels}

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: nothing; the gradient of a mean is the same for all its values."""
        return (Operation(product(output)), Operation(product(output), (1,), view=True, passes=True))

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor."""
        return NEW

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("GlobalAvgPool2d", {})


class GlobalMaxPool(_Pool):
    """The greatest value of each channel, an image becoming a vector.

    A channel of height * width values takes one comparison fewer than it has values. Source: torch.nn.AdaptiveMaxPool2d
    to size 1.
    """

    type = "global_max_pool"

    def out_shape(self, *inputs: Shape) -> Shape:
        return image(inputs[0], self.type)[:1]

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        channels, height, width = inputs[0]
        return {"compares": channels * (height * width - 1)}

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: its input, and for each channel where in the image its greatest value stood, in 8 bytes."""
        pool = Operation(product(output), saves=(0,), keeps=(Made(product(output), "index"),))
        return (pool, Operation(product(output), (1,), view=True, passes=True))

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor; the index of each maximum is temporary."""
        return Allocation(transient=tensors.batch * product(output) * tensors.index_width)

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("GlobalMaxPool2d", {})


class PoolTo(_Pool):
    """Average pooling to a fixed size, whatever the size of the image (adaptive average pooling).

    Window i of m along an axis of n runs from floor(i n / m) to ceil((i + 1) n / m); the m windows together hold
    n + m - gcd(n, m) values. A window takes one addition fewer than it has values, and one division. Source:
    torch.nn.AdaptiveAvgPool2d.
    """

    type = "pool_to"
    fields = {"size": Pair(help="height and width of the output")}

    size: tuple[Dim, Dim]

    def out_shape(self, *inputs: Shape) -> Shape:
        return (image(inputs[0], self.type)[0], *self.size)

    def ledger(self, inputs: tuple[Shape, ...], output: Shape) -> Mapping[str, Dim]:
        values = product(n + m - gcd(n, m) for n, m in zip(inputs[0][1:], self.size, strict=True))
        return {"adds": output[0] * (values - self.size[0] * self.size[1]), "divides": product(output)}

    def tape(self, inputs: tuple[Shape, ...], output: Shape) -> Tape:
        """Saved: its input, although its shape would be enough; nothing for the mean of the whole image."""
        return (Operation(product(output), saves=() if self.size == (1, 1) else (0,)),)

    def allocates(self, inputs: tuple[Shape, ...], output: Shape, tensors: Tensors) -> Allocation:
        """A new tensor."""
        return NEW

    def torch(self, inputs: tuple[Shape, ...], output: Shape) -> TorchCall:
        return TorchCall("AdaptiveAvgPool2d", {"output_size": self.size})
