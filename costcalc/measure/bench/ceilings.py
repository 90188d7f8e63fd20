"""The two ceilings of a machine, and the time of a call: measured, each at its best."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import torch
from torch import nn
from torch.utils.benchmark import Timer

from costcalc.device.records import Ceilings, Rate
from costcalc.errors import CostcalcError
from costcalc.measure.bench.device import is_out_of_memory, release
from costcalc.measure.bench.environment import cores, environment, prepare
from costcalc.measure.bench.tasks import DTYPES, Stopwatch
from costcalc.measure.bench.timing import now

__all__ = ["ceilings"]

SIDES = (256, 512, 1024, 2048, 4096, 8192)
"""The sizes of the square matrices that are multiplied, until one product takes long enough."""

LONG = 0.2
"""Seconds after which a product is long enough: a larger one would be no faster."""

COPIES = {"cpu": 2**28, "cuda": 2**30, "mps": 2**28}
"""Bytes of what is copied: more than caches hold."""

CALLS = 100


def ceilings(
    device: torch.device,
    threads: int | None = None,
    dtypes: Iterable[str] = ("fp32", "fp16", "bf16"),
    *,
    slot: float = 0.5,
    tell: Callable[[str], None] = lambda text: None,
) -> Ceilings:
    """The ceilings of ``device``: the fastest of all runs counts, for a ceiling is what can be reached.

    ``threads`` on the CPU are by default as many as cores.
    A dtype in which the device multiplies no matrices has none. Raises CostcalcError where none does.
    """
    prepare(device)
    threads = threads or cores()
    torch.set_num_threads(threads)
    products = {}
    for dtype in dtypes:
        rate = _product(device, threads, DTYPES[dtype], slot)
        if rate is not None:
            products[dtype] = rate
            tell(f"GEMM, {dtype}: {2 * rate.per_second / 1e9:,.1f} GFLOP/s")
    if not products:
        raise CostcalcError(f"{device.type} cannot multiply matrices in any of {', '.join(dtypes)}")
    copy = _copy(device, threads, slot)
    tell(f"copy: {copy.per_second / 1e9:,.1f} GB/s")
    call = _call(device, threads, slot)
    tell(f"a call: {call * 1e6:,.1f} microseconds")
    return Ceilings(
        measured=now(),
        environment=environment(device, threads),
        products=products,
        copy_rate=copy,
        call=call,
    )


def _product(device: torch.device, threads: int, dtype: torch.dtype, slot: float) -> Rate | None:
    best = None
    for side in SIDES:
        try:
            left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
            out = torch.empty(side, side, device=device, dtype=dtype)
            seconds = _fastest(partial(torch.mm, left, right, out=out), device, threads, slot / 2)
        except (RuntimeError, TypeError) as error:
            if best is None and not is_out_of_memory(error):
                return None
            break
        if best is None or side**3 / seconds > best.per_second:
            best = Rate(per_second=side**3 / seconds, size=side)
        if seconds > LONG:
            break
    release(device)
    return best


def _copy(device: torch.device, threads: int, slot: float) -> Rate:
    size = COPIES[device.type]
    source = torch.ones(size // 4, device=device)
    target = torch.empty_like(source)
    seconds = _fastest(lambda: target.copy_(source), device, threads, slot)
    return Rate(per_second=2 * size / seconds, size=size)


def _call(device: torch.device, threads: int, slot: float) -> float:
    module = nn.ReLU().eval()
    element = torch.ones(1, device=device)

    def calls() -> None:
        with torch.no_grad():
            for _ in range(CALLS):
                module(element)

    return _fastest(calls, device, threads, slot) / CALLS


def _fastest(run: Callable[[], object], device: torch.device, threads: int, slot: float) -> float:
    timer = Timer("run()", timer=Stopwatch(device), globals={"run": run}, num_threads=threads)
    return min(timer.blocked_autorange(min_run_time=slot).times)
