"""For every layer type, small settings over which its formulas are tried: on ints, on arrays and on symbols.

A new layer type has its case here and its loops in `tests.layers.brute`; without them the tests of the registry fail.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.dims import Shape
from costcalc.layers import ACTIVATIONS, LAYERS
from costcalc.layers.base import Layer

Built = tuple[Layer, tuple[Shape, ...]]


class Case(NamedTuple):
    """A layer as a function of a few sizes.

    ``build`` takes the sizes by name, in any algebra, and gives the layer and its input shapes; ``sizes`` are the
    values to try. Groups are a size ``g`` with ``g * c`` input channels, so that they divide on symbols too.
    """

    type: str
    title: str
    build: Callable[..., Built]
    sizes: Mapping[str, Sequence[int]]

    def settings(self, count: int = 16) -> list[dict[str, int]]:
        """``count`` settings, the same ones in each run."""
        pick = random.Random(self.title)
        return [{name: pick.choice(values) for name, values in self.sizes.items()} for _ in range(count)]


IMAGE = {"c": (1, 2, 5), "h": (1, 4, 7), "w": (2, 3, 6)}
WINDOW = {"c": (1, 2), "h": (5, 6, 8), "w": (5, 7), "kh": (1, 2, 3), "kw": (1, 2, 3), "sh": (1, 2, 3), "sw": (1, 2, 4)}
PADDINGS = ("half", "same", "valid")


def convs() -> Iterator[Case]:
    """Convolutions with every padding, with groups, dilation and a bias."""
    sizes = {**WINDOW, "c": (1, 2), "out": (1, 3), "g": (1, 2), "dh": (1, 2), "dw": (1, 2)}

    def build(padding: Any, bias: bool, c: int, h: int, w: int, out: int, g: int, **window: int) -> Built:
        kernel, stride, dilation = ((window[f"{a}h"], window[f"{a}w"]) for a in "ksd")
        arguments = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
        return LAYERS["conv"](out=g * out, groups=g, bias=bias, **arguments), ((g * c, h, w),)

    for padding in (*PADDINGS, 2, (0, 1)):
        for bias in (False, True):
            title = f"conv padding {padding} bias {bias}"
            yield Case("conv", title, lambda p=padding, b=bias, **sizes: build(p, b, **sizes), sizes)


def pools() -> Iterator[Case]:
    """Poolings over a window with every padding, in floor and in ceil mode."""

    def build(type: str, words: Mapping[str, Any], c: int, h: int, w: int, **window: int) -> Built:
        pairs = {name: (window[f"{name[0]}h"], window[f"{name[0]}w"]) for name in ("kernel", "stride")}
        if "dh" in window:
            pairs["dilation"] = (window["dh"], window["dw"])
        return LAYERS[type](**pairs, **words), ((c, h, w),)

    for padding in (*PADDINGS, 1, (1, 0)):
        for ceil_mode in (False, True):
            words = {"padding": padding, "ceil_mode": ceil_mode}
            sizes = WINDOW if isinstance(padding, str) else {**WINDOW, "kh": (2, 3), "kw": (2, 3)}
            dilated = {**sizes, "dh": (1, 2), "dw": (1, 2)}
            if padding == "same" and ceil_mode:
                # sympy takes seconds over the minima and maxima of both words at once: kernels are numbers there
                sizes = {**sizes, "kh": (3,), "kw": (2,)}
                dilated = {**sizes, "dh": (1,), "dw": (2,)}
            title = f"padding {padding} ceil {ceil_mode}"
            yield Case("max_pool", f"max_pool {title}", lambda t=words, **s: build("max_pool", t, **s), dilated)
            title = f"sum_pool padding {padding} ceil {ceil_mode}"
            yield Case("sum_pool", title, lambda t=words, **s: build("sum_pool", t, **s), sizes)
            for include in (False, True):
                both = {**words, "count_include_pad": include}
                name = f"avg_pool {title} include {include}"
                yield Case("avg_pool", name, lambda t=both, **s: build("avg_pool", t, **s), sizes)


def image_layer(type: str, **words: Any) -> Callable[..., Built]:
    """A layer of fixed arguments, as a function of its image."""
    return lambda c, h, w: (LAYERS[type](**words), ((c, h, w),))


def vector_layer(type: str, **words: Any) -> Callable[..., Built]:
    """A layer of fixed arguments, as a function of its vector."""
    return lambda c: (LAYERS[type](**words), ((c,),))


def same_shape(type: str, **words: Any) -> Iterator[Case]:
    """A layer of fixed arguments, of an image and of a vector."""
    yield Case(type, f"{type} {words} of an image", image_layer(type, **words), IMAGE)
    yield Case(type, f"{type} {words} of a vector", vector_layer(type, **words), {"c": (1, 3, 8)})


def merges(type: str) -> Iterator[Case]:
    """A layer of one, two and three inputs of one shape."""
    for count in (1, 2, 3):
        yield Case(
            type, f"{type} of {count} images", lambda c, h, w, n=count: (LAYERS[type](), ((c, h, w),) * n), IMAGE
        )
        yield Case(type, f"{type} of {count} vectors", lambda c, n=count: (LAYERS[type](), ((c,),) * n), {"c": (1, 4)})


def borders() -> Iterator[Case]:
    """Rows and columns put on or taken off, none of them by default."""
    sizes = {"c": (1, 2), "h": (5, 7), "w": (6, 9), "top": (1, 2), "left": (1, 3), "bottom": (1, 2), "right": (1, 2)}

    def build(type: str, c: int, h: int, w: int, top: int, left: int, bottom: int, right: int) -> Built:
        return LAYERS[type](before=(top, left), after=(bottom, right)), ((c, h, w),)

    for type in ("pad", "crop"):
        yield Case(type, type, lambda t=type, **sizes: build(t, **sizes), sizes)
        yield Case(type, f"{type} after alone", image_layer(type, after=1), {**IMAGE, "h": (2, 4)})
        yield Case(type, f"{type} nothing", image_layer(type), IMAGE)


def resizes() -> Iterator[Case]:
    """Interpolations up and down, by factors at which floats hold the weights exactly."""

    def build(words: Mapping[str, Any], c: int, h: int, w: int, mh: int, mw: int) -> Built:
        return LAYERS["resize"](size=(mh, mw), **words), ((c, h, w),)

    powers = {"c": (1, 2), "h": (1, 2, 4), "w": (1, 2, 8), "mh": (1, 2, 4, 8), "mw": (1, 4, 16)}
    corners = {"c": (1, 2), "h": (1, 2, 3), "w": (1, 3, 5), "mh": (1, 2, 3, 5), "mw": (1, 5, 9)}
    for words, sizes in (({"mode": "nearest"}, powers), ({}, powers), ({"align_corners": True}, corners)):
        yield Case("resize", f"resize {words}", lambda t=words, **sizes: build(t, **sizes), sizes)


def transposed() -> Iterator[Case]:
    """Transposed convolutions, padded, grouped, dilated, with a bias and with more rows at the end."""
    sizes = {**WINDOW, "h": (2, 3), "w": (2, 4), "kh": (2, 3), "kw": (3, 4), "sh": (2, 3), "sw": (2,)}
    sizes = {**sizes, "out": (1, 3), "g": (1, 2), "dh": (1, 2), "dw": (1,)}

    def build(words: Mapping[str, Any], c: int, h: int, w: int, out: int, g: int, **window: int) -> Built:
        pairs = {name: (window[f"{name[0]}h"], window[f"{name[0]}w"]) for name in ("kernel", "stride", "dilation")}
        return LAYERS["conv_transpose"](out=g * out, groups=g, **pairs, **words), ((g * c, h, w),)

    for padding in ("half", "valid", 1, (0, 1)):
        for bias, extra in ((False, 0), (True, (1, 0))):
            words = {"padding": padding, "bias": bias, "output_padding": extra}
            title = f"conv_transpose {words}"
            yield Case("conv_transpose", title, lambda t=words, **sizes: build(t, **sizes), sizes)


def cases() -> Iterator[Case]:
    """Every case."""
    yield from convs()
    yield from pools()
    for bias in (False, True):
        yield Case(
            "linear",
            f"linear bias {bias}",
            lambda c, out, b=bias: (LAYERS["linear"](out=out, bias=b), ((c,),)),
            {"c": (1, 5, 8), "out": (1, 2, 7)},
        )
    yield Case(
        "rbf",
        "rbf",
        lambda c, out: (LAYERS["rbf"](out=out), ((c,),)),
        {"c": (1, 5, 8), "out": (1, 2, 7)},
    )
    for affine in (False, True):
        yield from same_shape("batch_norm", affine=affine)
    yield from same_shape("l2_norm")
    yield from transposed()
    yield from borders()
    yield from resizes()
    yield Case(
        "space_to_depth",
        "space_to_depth",
        lambda c, h, w, b: (LAYERS["space_to_depth"](block=b), ((c, b * h, b * w),)),
        {"c": (1, 2), "h": (1, 3), "w": (1, 2), "b": (1, 2, 3)},
    )
    yield Case(
        "lrn",
        "lrn",
        lambda c, h, w, n: (LAYERS["lrn"](size=n), ((c, h, w),)),
        {"c": (1, 2, 5, 7), "h": (1, 2), "w": (1, 3), "n": (1, 2, 3, 5)},
    )
    yield from same_shape("scale")
    for fn in ACTIVATIONS:
        yield from same_shape("activation", fn=fn)
        yield from same_shape(fn)
    for type in ("global_avg_pool", "global_max_pool"):
        yield Case(type, type, image_layer(type), IMAGE)
    yield Case(
        "pool_to",
        "pool_to",
        lambda c, h, w, mh, mw: (LAYERS["pool_to"](size=(mh, mw)), ((c, h, w),)),
        {"c": (1, 2), "h": (1, 3, 4, 6), "w": (1, 4, 5), "mh": (1, 2, 3, 4), "mw": (1, 2, 6)},
    )
    yield from merges("add")
    yield from merges("multiply")
    yield from merges("concat")
    yield Case(
        "concat",
        "concat of different channels",
        lambda a, b, h, w: (LAYERS["concat"](), ((a, h, w), (b, h, w))),
        {"a": (1, 2), "b": (1, 3), "h": (1, 4), "w": (1, 3)},
    )
    for type in ("flatten", "identity", "dropout"):
        yield from same_shape(type)
    yield Case(
        "replicate",
        "replicate of an image",
        lambda c, out, h, w: (LAYERS["replicate"](out=out), ((c, h, w),)),
        {"c": (1, 2, 5), "out": (1, 4, 12), "h": (1, 3), "w": (2,)},
    )
    yield Case(
        "replicate",
        "replicate of a vector",
        lambda c, out: (LAYERS["replicate"](out=out), ((c,),)),
        {"c": (1, 2, 5), "out": (1, 4, 12)},
    )
    yield Case(
        "slice",
        "slice of an image",
        lambda c, start, size, h, w: (LAYERS["slice"](start=start, size=size), ((c, h, w),)),
        {"c": (7, 8), "start": (0, 1, 4), "size": (1, 3), "h": (1, 3), "w": (2,)},
    )
    yield Case(
        "slice",
        "slice of a vector",
        lambda c, start, size: (LAYERS["slice"](start=start, size=size), ((c,),)),
        {"c": (7, 8), "start": (0, 1, 4), "size": (1, 3)},
    )
    yield Case(
        "shuffle",
        "shuffle",
        lambda g, c, h, w: (LAYERS["shuffle"](groups=g), ((g * c, h, w),)),
        {"g": (1, 2, 3, 4), "c": (1, 2, 5), "h": (1, 3), "w": (2,)},
    )


CASES: Sequence[Case] = tuple(cases())
