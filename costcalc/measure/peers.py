"""Other people's counters, really run on the module that is built from a graph: what each of them prints.

Their names are those of `costcalc.conventions`. A tool that cannot be imported raises MissingError.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from costcalc.errors import CostcalcError, MissingError, shown
from costcalc.extras import not_imported
from costcalc.graph import Graph
from costcalc.measure.build import build

__all__ = ["PEERS", "Answer", "Training", "torch_training"]


class Answer(NamedTuple):
    """What a tool says of one image: its count of work, in its own unit, and of parameters."""

    work: int
    params: int


def _fvcore(graph: Graph) -> Answer:
    with _importing("fvcore"):
        from fvcore.nn import FlopCountAnalysis, parameter_count

        from costcalc.measure.counters import TraceableOnMeta

    model, image = _meta(graph)
    analysis = FlopCountAnalysis(model, (image,))
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
    with TraceableOnMeta(), torch.no_grad():
        return Answer(int(analysis.total()), parameter_count(model)[""])


def _torch(graph: Graph) -> Answer:
    model, image = _meta(graph)
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model(image)
    return Answer(counter.get_total_flops(), sum(tensor.numel() for tensor in model.parameters()))


def _ptflops(graph: Graph) -> Answer:
    """On the CPU: on meta tensors torch computes some functions by others, which this backend would count too."""
    return _by_ptflops(*_zeros(graph), "pytorch")


def _ptflops_aten(graph: Graph) -> Answer:
    return _by_ptflops(*_meta(graph), "aten")


def _by_ptflops(model: nn.Module, image: Tensor, backend: str) -> Answer:
    with _importing("ptflops"):
        from ptflops import get_model_complexity_info
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said), torch.no_grad():
        work, params = get_model_complexity_info(
            model,
            tuple(image.shape[1:]),
            print_per_layer_stat=False,
            as_strings=False,
            input_constructor=lambda shape: image,
            backend=backend,
        )
    if work is None or params is None:
        raise CostcalcError(f"ptflops failed: {shown(said.getvalue().strip().rpartition(chr(10))[2], 200)}")
    return Answer(work, params)


def _thop(graph: Graph) -> Answer:
    with _importing("thop"):
        from thop import profile
    model, image = _meta(graph)
    work, params = profile(model, (image,), verbose=False)
    return Answer(int(work), int(params))


def _torchinfo(graph: Graph) -> Answer:
    with _importing("torchinfo"):
        from torchinfo import summary
    model, image = _meta(graph)
    result = summary(model, input_data=image, verbose=0, device=image.device)
    return Answer(result.total_mult_adds, result.total_params)


PEERS: Mapping[str, Callable[[Graph], Answer]] = {
    "fvcore": _fvcore,
    "torch": _torch,
    "ptflops": _ptflops,
    "ptflops-aten": _ptflops_aten,
    "thop": _thop,
    "torchinfo": _torchinfo,
}
"""Each tool, by the name of its convention."""


class Training(NamedTuple):
    """torch's FLOPs for one training step: all of it, and its backward pass alone."""

    training: int
    backward: int


def torch_training(graph: Graph, *, batch: int = 2, freeze: Sequence[str] = ()) -> Training:
    """What torch's FlopCounterMode counts in a training step of ``batch`` images, the loss being a sum of all outputs.

    ``freeze`` are the patterns of layers whose parameters need no gradient.
    """
    model = build(graph, device="meta", freeze=freeze).train()
    image = torch.empty(batch, *graph.nodes[0].shape, device="meta")
    forward, backward = FlopCounterMode(display=False), FlopCounterMode(display=False)
    with forward:
        result = model(image)
    outputs = [result] if isinstance(result, Tensor) else [*result.values()]
    loss = torch.stack([output.sum() for output in outputs]).sum()
    with backward:
        torch.autograd.backward(loss)
    return Training(forward.get_total_flops() + backward.get_total_flops(), backward.get_total_flops())


@contextmanager
def _importing(package: str) -> Iterator[None]:
    """Around an import: MissingError if it fails. What a tool warns of meanwhile is nothing that a user can change."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImportError as error:
        raise MissingError(not_imported(package, error), hint=f"pip install {package}") from error


def _meta(graph: Graph) -> tuple[nn.Module, Tensor]:
    """The module of ``graph`` and an image for it, both without memory."""
    return build(graph, device="meta").eval(), torch.empty(1, *graph.nodes[0].shape, device="meta")


def _zeros(graph: Graph) -> tuple[nn.Module, Tensor]:
    """The module of ``graph`` and an image for it on the CPU, all zeros: what is counted does not depend on values."""
    model: Any = build(graph, device="meta").eval().to_empty(device="cpu")
    with torch.no_grad():
        for tensor in (*model.parameters(), *model.buffers()):
            tensor.zero_()
    return model, torch.zeros(1, *graph.nodes[0].shape)
