"""What stands in the files of benchmarks: a record for each kind of line, checked when it is read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from costcalc.strict import Record, one_of
from costcalc.words import DEVICES, LAYOUTS, MODES, TIMED_DTYPES, TIMED_OPTIMIZERS

__all__ = [
    "BENCH",
    "CEILINGS",
    "STEP",
    "WORKS",
    "Ceilings",
    "Cell",
    "Environment",
    "Header",
    "Policy",
    "Rate",
    "Subject",
    "Turn",
]

BENCH: Literal["costcalc.bench/1"] = "costcalc.bench/1"
"""The name and version of a results file. A new version is one that a reader of the old would misread."""

CEILINGS: Literal["costcalc.ceilings/1"] = "costcalc.ceilings/1"
"""The name and version of a file of ceilings."""

STEP = "step-"

WORKS = ("forward", "backward", *(f"{STEP}{name}" for name in TIMED_OPTIMIZERS), "layers")
"""What is timed: an inference, a backward pass, a whole training step by optimizer, an inference layer by layer."""


STATUSES = ("ok", "out of memory", "failed")


class Environment(Record):
    """The machine and the programs that a measurement was made with.

    ``accelerator`` is the GPU; ``load`` is how many processes ran or waited, on average of the minute before it began.
    """

    costcalc: str
    python: str
    torch: str
    system: str
    processor: str
    cores: int = Field(ge=1)
    threads: int = Field(ge=1)
    device: Annotated[str, one_of(DEVICES)]
    accelerator: str | None = None
    driver: str | None = None
    cuda: str | None = None
    cudnn: str | None = None
    cudnn_benchmark: bool | None = None
    tf32: bool | None = None
    load: float | None = None

    def differences(self, other: Environment) -> list[str]:
        """What is not the same there, each as ``name: here, there``; how busy the machine was does not count."""
        pairs = [(name, getattr(self, name), getattr(other, name)) for name in type(self).model_fields]
        return [f"{name}: {mine}, {theirs}" for name, mine, theirs in pairs if mine != theirs and name != "load"]

    def same_machine(self, other: Environment) -> bool:
        """May what was measured there be held against what is measured here?"""
        names = ("device", "processor", "cores", "threads", "accelerator", "tf32")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    @property
    def hardware(self) -> str:
        """What it ran on, in words."""
        if self.accelerator is not None:
            return self.accelerator
        return f"{self.processor}, {self.threads} thread{'s' if self.threads > 1 else ''} of {self.cores} cores"


class Rate(Record):
    """What was reached at best: ``per_second`` (MACs or bytes), at the ``size`` (side of a square matrix, or bytes)."""

    per_second: float = Field(gt=0)
    size: int = Field(gt=0)


class Ceilings(Record):
    """What a machine can do: GEMM rate in MACs per second by dtype, memory bandwidth in bytes per second, launch
    overhead.

    ``copy_rate`` counts bytes read and bytes written. ``call`` is the seconds that a module takes which computes next
    to nothing: what a framework adds to every layer.
    """

    schema_: Literal["costcalc.ceilings/1"] = Field(default=CEILINGS, alias="schema")
    measured: str
    environment: Environment
    products: dict[str, Rate]
    copy_rate: Rate
    call: float = Field(gt=0)


class Subject(Record):
    """A model that is timed: its name, the ``file`` of its spec, and the git ``revision`` of that, if it has one."""

    name: str
    file: str
    revision: str | None = None


class Cell(Record):
    """One thing that is timed; a place in the table.

    ``graph`` tells one architecture from another: a digest of all layers and their shapes. ``freeze`` are the patterns
    of layers that a training step does not change.
    """

    model: str
    knobs: dict[str, JsonValue]
    graph: str
    batch: int = Field(ge=1)
    dtype: Annotated[str, one_of(TIMED_DTYPES)]
    mode: Annotated[str, one_of(MODES)]
    layout: Annotated[str, one_of(LAYOUTS)]
    work: Annotated[str, one_of(WORKS)]
    freeze: list[str] = []

    @property
    def resolution(self) -> Any:
        """The value of the knob of this name; None for a model without it."""
        return self.knobs.get("resolution")

    @property
    def optimizer(self) -> str | None:
        """Of a training step."""
        return self.work.removeprefix(STEP) if self.work.startswith(STEP) else None

    @property
    def label(self) -> str:
        """``mobilenetv2 224, batch 1, fp32, eager, forward``."""
        name = self.model if self.resolution is None else f"{self.model} {self.resolution}"
        layout = [] if self.layout == "contiguous" else [self.layout]
        frozen = [f"frozen {' '.join(self.freeze)}"] if self.freeze else []
        return ", ".join([name, f"batch {self.batch}", self.dtype, self.mode, *layout, self.work, *frozen])

    def beside(self, other: Cell) -> bool:
        """Do the two differ in their models alone?"""
        names = ("resolution", "batch", "dtype", "mode", "layout", "work", "freeze")
        return all(getattr(self, name) == getattr(other, name) for name in names)


class Policy(Record):
    """How often each cell is timed: rounds of at least ``slot`` seconds of runs each.

    At least ``least`` rounds, until the interval of the median is within ``spread`` of it to both sides, or ``most``
    are done; no new round begins after ``seconds``, but every cell has its first.
    """

    least: int = Field(ge=1)
    most: int = Field(ge=1)
    spread: float = Field(gt=0)
    slot: float = Field(gt=0)
    confidence: float = Field(gt=0, lt=1)
    seconds: float | None = None


class Header(Record):
    """The first line of a results file: where it was measured, and what is to be measured."""

    schema_: Literal["costcalc.bench/1"] = Field(default=BENCH, alias="schema")
    started: str
    environment: Environment
    ceilings: Ceilings | None = None
    subjects: list[Subject]
    policy: Policy
    cells: list[Cell]


class Turn(Record):
    """A line of a results file: what came of timing the cell number ``cell`` in one round.

    ``seconds`` has an entry for each measurement, the mean of ``runs`` runs; of a cell by layer, ``layers`` has the
    median time of each layer by its path. ``memory`` is the peak of the allocator in bytes, parameters and image
    included, measured once.
    """

    cell: int = Field(ge=0)
    round: int = Field(ge=0)
    at: str
    status: Annotated[str, one_of(STATUSES)] = "ok"
    reason: str | None = None
    runs: int = Field(default=1, ge=1)
    seconds: list[float] = []
    layers: dict[str, float] | None = None
    memory: int | None = None
