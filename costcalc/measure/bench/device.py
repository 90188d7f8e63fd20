"""The devices that torch runs on: is one there, when has it finished, what does its memory hold?"""

from __future__ import annotations

import gc
import json
import os
import tempfile
from collections.abc import Callable
from typing import Any

import torch

from costcalc.errors import MissingError
from costcalc.words import one_of

__all__ = ["DEVICES", "find", "is_out_of_memory", "peak_memory", "release", "synchronize"]

DEVICES = ("cpu", "cuda", "mps")

EXHAUSTED = ("out of memory", "can't allocate memory", "not enough memory", "status_alloc_failed")
"""What torch says where memory runs out: CUDA and MPS; the CPU's allocator, on Windows too; cuDNN and cuBLAS."""


def find(name: str) -> torch.device:
    """The device called ``name``. Raises MissingError where it is not there, UsageError for an unknown one."""
    one_of("device =", name, DEVICES)
    if name == "cuda" and not torch.cuda.is_available():
        why = "sees no GPU" if torch.backends.cuda.is_built() else "is built without CUDA"  # type: ignore[no-untyped-call]
        raise MissingError(f"no device cuda: torch {torch.__version__} {why}")
    if name == "mps" and not torch.backends.mps.is_available():
        why = "sees no GPU" if torch.backends.mps.is_built() else "is built without MPS"
        raise MissingError(f"no device mps: torch {torch.__version__} {why}")
    return torch.device(name)


def synchronize(device: torch.device) -> None:
    """Wait until ``device`` has done all that it was given. A CPU has, always."""
    if device.type == "cuda":
        torch.cuda.synchronize()
    elif device.type == "mps":
        torch.mps.synchronize()


def release(device: torch.device) -> None:
    """Give back what nothing holds any more."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Does ``error`` say that memory ran out? Only CUDA has a class of its own for that."""
    if isinstance(error, (torch.cuda.OutOfMemoryError, MemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in text for words in EXHAUSTED)


def peak_memory(run: Callable[[], object], device: torch.device) -> int | None:
    """By how many bytes the allocator's memory grew at most while ``run`` ran; None where torch does not tell."""
    synchronize(device)
    if device.type == "cuda":
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        run()
        synchronize(device)
        return torch.cuda.max_memory_allocated() - before
    if device.type == "cpu":
        return _peak_on_cpu(run)
    return None


def _peak_on_cpu(run: Callable[[], object]) -> int:
    """The profiler alone sees the CPU's allocator; its trace, as a file, is the only public form of what it saw."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, profile_memory=True) as profile:
        run()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "trace.json")
        profile.export_chrome_trace(path)
        with open(path, encoding="utf-8") as stream:
            events: list[dict[str, Any]] = json.load(stream)["traceEvents"]
    changes = sorted((event["ts"], event["args"]["Bytes"]) for event in events if event.get("name") == "[memory]")
    live = peak = 0
    for _, change in changes:
        live += change
        peak = max(peak, live)
    return peak
