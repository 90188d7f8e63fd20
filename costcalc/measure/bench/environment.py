"""What a measurement was made on and with, as far as it can be found out without rights."""

from __future__ import annotations

import os
import platform
import subprocess
from contextlib import suppress

import torch

import costcalc
from costcalc.device.records import Environment, Subject
from costcalc.graph import Graph
from costcalc.spec.files import GIT
from costcalc.spec.shipped import specs_folder

__all__ = ["cores", "environment", "prepare", "subject"]


def prepare(device: torch.device) -> None:
    """Set what torch leaves to choose, the same for ceilings and for models.

    On CUDA: cuDNN tries its algorithms and keeps the fastest, as sizes never change here; and matrix products may use
    TF32, as cuDNN's convolutions may by default, so that one ceiling holds for both.
    """
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high" if torch.backends.cudnn.allow_tf32 else "highest")


def cores() -> int:
    """The cores that this process may use."""
    with suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def environment(device: torch.device, threads: int | None = None) -> Environment:
    """The environment of this process, with ``threads`` for what runs on the CPU: as many as `cores` by default."""
    cuda = device.type == "cuda"
    cudnn = torch.backends.cudnn.version() if cuda else None  # type: ignore[no-untyped-call]
    return Environment(
        costcalc=costcalc.__version__,
        python=platform.python_version(),
        torch=torch.__version__,
        system=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        cores=os.cpu_count() or 1,
        threads=threads or cores(),
        device=device.type,
        accelerator=torch.cuda.get_device_name() if cuda else _processor() if device.type == "mps" else None,
        driver=_driver() if cuda else None,
        cuda=torch.version.cuda if cuda else None,
        cudnn=None if cudnn is None else str(cudnn),
        cudnn_benchmark=torch.backends.cudnn.benchmark if cuda else None,
        tf32=torch.backends.cudnn.allow_tf32 if cuda else None,
        load=_load(),
    )


def _processor() -> str:
    """The name of the CPU: Linux tells it in a file, macOS by a program, Windows by `platform`."""
    if platform.system() == "Darwin":  # where platform says "arm" of every one of them
        return _said("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as stream:
        for line in stream:
            key, _, value = line.partition(":")
            if key.strip() == "model name" and value.strip():
                return value.strip()
    return platform.processor() or platform.machine() or "unknown"


def _load() -> float | None:
    with suppress(OSError, AttributeError):
        return round(os.getloadavg()[0], 2)
    return None


def _driver() -> str | None:
    text = _said("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")
    return text.splitlines()[0].strip() if text else None


def subject(graph: Graph) -> Subject:
    """The model of ``graph``, the file of its spec, and the revision of the git checkout that holds the file.

    None where git does not track it, as in a virtual environment inside another project's checkout. A ``+`` behind the
    revision says that there are changes which are not in it.
    """
    path = graph.file if os.path.exists(graph.file) else os.path.join(os.path.dirname(specs_folder()), graph.file)
    folder = os.path.dirname(os.path.abspath(path))
    tracked = os.path.isdir(folder) and _said(*GIT, "-C", folder, "ls-files", "--", os.path.basename(path))
    revision = _said(*GIT, "-C", folder, "rev-parse", "--short=12", "HEAD") if tracked else None
    if revision and _changed(folder):
        revision += "+"
    return Subject(name=graph.name, file=graph.file, revision=revision or None)


def _changed(folder: str) -> bool:
    """Has ``folder`` changes that are not committed? Without the filters that a checkout's settings name: programs."""
    names = _said(
        *GIT, "-C", folder, "config", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process|required)$"
    )
    filters = (names or "").splitlines()
    if any("=" in name for name in filters):  # which no option can name
        return True
    off = [f"{name}={'false' if name.endswith('.required') else ''}" for name in filters]
    options = [word for setting in off for word in ("-c", setting)]
    found = _said(*GIT, *options, "-C", folder, "status", "--porcelain", "--ignore-submodules=all", ".")
    return found is None or bool(found)


def _said(*command: str) -> str | None:
    """What ``command`` prints; None where it is not there or fails."""
    with suppress(OSError, subprocess.SubprocessError):
        run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10, stdin=subprocess.DEVNULL)
        return run.stdout.strip()
    return None
