"""Turns: what is run, what is timed, and what is said where it cannot be. No test asks how fast anything is."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from costcalc.device.records import Cell
from costcalc.errors import CostcalcError, MissingError, UsageError
from costcalc.graph import Graph
from costcalc.inference import infer
from costcalc.measure.bench.ceilings import ceilings
from costcalc.measure.bench.device import find, is_out_of_memory, peak_memory
from costcalc.measure.bench.environment import environment, subject
from costcalc.measure.bench.layers import LayerClock
from costcalc.measure.bench.tasks import DTYPES, OPTIMIZERS, Stopwatch, Task, compiled
from costcalc.measure.bench.timing import Bench
from costcalc.spec import load
from costcalc.words import TIMED_DTYPES, TIMED_OPTIMIZERS
from tests.device.samples import cell
from tests.measure.graphs import graph, layer
from tests.repository import Repository

CPU = torch.device("cpu")


def model() -> Graph:
    """A convolution, a batch norm, an activation, a classifier."""
    return graph(
        (2, 8, 8),
        ("conv", layer("conv", out=4, kernel=3, bias=False)),
        ("norm", layer("batch_norm")),
        ("act", layer("relu")),
        ("pool", layer("global_avg_pool")),
        ("head", layer("linear", out=5)),
    )


def heads() -> Graph:
    """Two outputs, none of them a vector."""
    return graph(
        (2, 8, 8),
        ("conv", layer("conv", out=4, kernel=3, bias=True)),
        ("left", layer("conv", out=3, kernel=1, bias=True), ["conv"]),
        ("right", layer("conv", out=2, kernel=1, bias=True), ["conv"]),
        outputs=("left", "right"),
    )


def bench(*cells: Cell, made: Graph | None = None, **options: Any) -> Bench:
    """Over the cells, at one thread and the shortest slot."""
    return Bench(cells, [made or model()] * len(cells), CPU, 1, 1e-6, **options)


@pytest.mark.parametrize("made", [model, heads], ids=["one output", "two outputs"])
@pytest.mark.parametrize("work", ["forward", "backward", "step-sgd", "step-rmsprop", "step-adam"])
def test_every_pass_is_timed(work: str, made: Callable[[], Graph]) -> None:
    """With its memory in the first round, which is measured once."""
    turns = bench(cell(work=work, batch=2), made=made())
    first, second = turns.take(0, 0), turns.take(0, 1)
    for round, turn in enumerate((first, second)):
        assert (turn.status, turn.reason, turn.cell, turn.round) == ("ok", None, 0, round)
        assert turn.seconds
        assert min(turn.seconds) > 0
    assert first.memory is not None
    assert second.memory is None


@pytest.mark.parametrize("layout", ["contiguous", "channels_last"])
@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
def test_types_and_layouts_are_what_they_are_called(dtype: str, layout: str) -> None:
    """Parameters, image and output."""
    task = Task(model(), cell(dtype=dtype, layout=layout, batch=3), CPU)
    expected = DTYPES[dtype]
    assert {tensor.dtype for tensor in (*task.module.parameters(), task._image)} == {expected}
    assert tuple(task._image.shape) == (3, 2, 8, 8)
    assert task._image.is_contiguous(memory_format=torch.channels_last) == (layout == "channels_last")
    output = task.run()
    assert isinstance(output, torch.Tensor)
    assert (tuple(output.shape), output.dtype, output.requires_grad) == ((3, 5), expected, False)
    assert set(DTYPES) == set(TIMED_DTYPES)


def test_every_cell_is_compiled_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many: torch by itself runs what is beyond its limit, here 1, as it stands."""
    made: list[Callable[..., Any]] = []
    compile = torch.compile

    def backend(module: torch.fx.GraphModule, inputs: object) -> Callable[..., Any]:
        made.append(module.forward)
        return made[-1]

    monkeypatch.setattr(torch, "compile", lambda module, **options: compile(module, backend=backend, **options))
    with torch._dynamo.config.patch(recompile_limit=1):
        tasks = [
            Task(shape, cell(mode="compile", work=work), CPU)
            for shape in (model(), heads())
            for work in ("forward", "backward")
        ]
        for task in tasks:
            task.run()
            task.run()
    assert len(made) == len(tasks)


def test_what_cannot_be_compiled_whole_is_an_error() -> None:
    """And no module of which a part runs as it stands."""

    class Broken(torch.nn.Module):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            torch._dynamo.graph_break()
            return image

    with pytest.raises(RuntimeError, match="graph_break"):
        compiled(Broken())(torch.ones(1))


def test_inference_trains_nothing_and_training_does() -> None:
    """A forward pass leaves statistics and weights; a backward pass leaves gradients of all; a step changes weights."""
    task = Task(model(), cell(), CPU)
    before = [tensor.clone() for tensor in task.module.state_dict().values()]
    task.run()
    assert all(torch.equal(a, b) for a, b in zip(before, task.module.state_dict().values(), strict=True))
    back = Task(model(), cell(work="backward"), CPU)
    weights = [tensor.clone() for tensor in back.module.parameters()]
    back.run()
    assert all(tensor.grad is not None for tensor in back.module.parameters())
    assert all(torch.equal(a, b) for a, b in zip(weights, back.module.parameters(), strict=True))
    for name in TIMED_OPTIMIZERS:
        step = Task(model(), cell(work=f"step-{name}"), CPU)
        weights = [tensor.clone() for tensor in step.module.parameters()]
        step.run()
        assert not any(torch.equal(a, b) for a, b in zip(weights, step.module.parameters(), strict=True))
    assert tuple(OPTIMIZERS) == TIMED_OPTIMIZERS


def test_the_papers_rmsprop_is_meant() -> None:
    """Decay and momentum 0.9, weight decay 0.00004: Sandler et al. 2018, section 6.1."""
    optimizer = OPTIMIZERS["rmsprop"](Task(model(), cell(), CPU).module.parameters())
    settings = optimizer.defaults
    assert (settings["alpha"], settings["momentum"], settings["weight_decay"]) == (0.9, 0.9, 4e-5)


def test_a_stopwatch_stands_still_for_what_does_not_count() -> None:
    """Half a second passes, and it shows less."""
    watch = Stopwatch(CPU)
    began = watch()
    with watch.excluded():
        time.sleep(0.5)
    assert watch() - began < 0.25


def test_the_forward_pass_before_a_backward_pass_does_not_count() -> None:
    """It sleeps, and is not seen."""
    task = Task(model(), cell(work="backward"), CPU)
    task.module.register_forward_pre_hook(lambda *_: time.sleep(0.5))
    began = task.watch()
    task.run()
    assert task.watch() - began < 0.25


def test_layers_are_timed_one_by_one() -> None:
    """Every layer in every run; the whole is their sum."""
    turn = bench(cell(work="layers")).take(0, 0)
    assert turn.layers is not None
    assert list(turn.layers) == ["conv", "norm", "act", "pool", "head"]
    assert all(seconds > 0 for seconds in turn.layers.values())
    # a slot of a microsecond holds a single run, kept to five digits
    assert len(turn.seconds) == 1
    assert sum(turn.layers.values()) == pytest.approx(turn.seconds[0], rel=1e-3)


def test_a_slow_layer_is_found() -> None:
    """The clock gives a layer its own time, and leaves no hook behind."""
    quick = torch.nn.ReLU()
    sleeper = torch.nn.Sequential(torch.nn.Identity())
    sleeper[0].register_forward_pre_hook(lambda *_: time.sleep(0.2))
    clock = LayerClock({"slow": sleeper, "quick": quick}, CPU)
    with clock.attached():
        quick(sleeper(torch.ones(1)))
    seconds = clock.seconds()
    assert seconds["slow"][0] > 0.2 > seconds["quick"][0]
    quick(torch.ones(1))
    assert len(clock.seconds()["quick"]) == 1


def test_what_torch_refuses_is_a_turn_that_says_so() -> None:
    """A batch norm over one value in training: the other cell is timed as ever."""
    lone = graph((2, 1, 1), ("norm", layer("batch_norm")))
    turns = Bench([cell(work="backward"), cell()], [lone, lone], CPU, 1, 1e-6)
    failed = turns.take(0, 0)
    assert (failed.status, failed.seconds) == ("failed", [])
    assert failed.reason is not None
    assert failed.reason.startswith('torch says "Expected more than 1 value per channel when training')
    assert turns.take(1, 0).status == "ok"


def test_a_type_that_a_device_does_not_have_is_a_turn_that_says_so() -> None:
    """MPS raises a TypeError for it before macOS 14."""

    def untyped(graph: Graph, cell: Cell, device: torch.device) -> Task:
        raise TypeError("BFloat16 is not supported on MPS")

    turn = bench(cell(dtype="bf16"), make=untyped).take(0, 0)
    assert (turn.status, turn.reason) == ("failed", 'torch says "BFloat16 is not supported on MPS"')


def test_a_tensor_beyond_all_memory_is_out_of_memory() -> None:
    """By torch's own refusal: 12 TB of image."""
    huge = graph((3, 1_000_000, 1_000_000), ("pool", layer("global_avg_pool")))
    turn = Bench([cell()], [huge], CPU, 1, 1e-6).take(0, 0)
    assert turn.status == "out of memory"
    assert turn.reason is not None
    assert "can't allocate memory" in turn.reason


class Crowded:
    """A device that holds two modules: a third is out of memory while both others are there."""

    def __init__(self, fails: type[Exception] = torch.cuda.OutOfMemoryError) -> None:
        self.held: set[int] = set()
        self.fails = fails

    def __call__(self, graph: Graph, cell: Cell, device: torch.device) -> Task:
        if len(self.held) == cell.batch:
            raise self.fails("CUDA out of memory. Tried to allocate 20.00 MiB")
        crowd = self

        class Placed(Task):
            def __del__(self) -> None:
                crowd.held.discard(id(self))

        task = Placed(graph, cell, device)
        self.held.add(id(task))
        return task


def test_a_cell_that_fits_alone_is_timed() -> None:
    """The others make room for it, and come back at their next turn."""
    crowd = Crowded()
    turns = bench(*[cell(batch=2)] * 3, make=crowd)
    assert [turns.take(number, round).status for round in range(2) for number in range(3)] == ["ok"] * 6


def test_a_cell_that_does_not_fit_alone_is_out_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """On an empty device it was tried too; the run goes on."""
    released: list[torch.device] = []
    monkeypatch.setattr("costcalc.measure.bench.timing.release", released.append)

    def none_fit(graph: Graph, cell: Cell, device: torch.device) -> Task:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 3.00 TiB\nmore lines")

    turn = bench(cell(), make=none_fit).take(0, 0)
    assert (turn.status, turn.reason) == (
        "out of memory",
        'torch says "CUDA out of memory. Tried to allocate 3.00 TiB"',
    )
    assert released == [CPU, CPU]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (torch.cuda.OutOfMemoryError("whatever"), True),
        (MemoryError(), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
        (RuntimeError("shapes do not match"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_running_out_of_memory_is_known_by_its_words(error: Exception, said: bool) -> None:
    """CUDA alone has a class for it."""
    assert is_out_of_memory(error) is said


def test_the_peak_of_memory_counts_what_lives_at_once() -> None:
    """Two tensors of 4 MB, one after the other, are 4 MB at most; together they are 8."""
    million = 1_000_000

    def one_after_the_other() -> None:
        for _ in range(2):
            torch.ones(million)

    def together() -> list[torch.Tensor]:
        return [torch.ones(million) for _ in range(2)]

    assert peak_memory(one_after_the_other, CPU) == 4 * million
    assert peak_memory(together, CPU) == 8 * million


def test_memory_holds_parameters_and_image() -> None:
    """Of a ReLU over 2 * 8 * 8 values: the image and the output, 512 bytes each."""
    turn = bench(cell(), made=graph((2, 8, 8), ("act", layer("relu")))).take(0, 0)
    assert turn.memory == 2 * 512


@pytest.mark.parametrize(("name", "why"), [("cuda", "CUDA"), ("mps", "MPS")])
def test_a_device_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch, name: str, why: str) -> None:
    """Exit status 3, and never another device in its place."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(
        MissingError, match=f"no device {name}: torch .* (is built without {why}|sees no GPU)"
    ) as caught:
        find(name)
    assert caught.value.exit_code == 3


def test_an_unknown_device_is_an_error() -> None:
    """The nearest one is named."""
    with pytest.raises(UsageError, match=r"device = cdua: must be one of cpu, cuda, mps \(did you mean cuda\?\)"):
        find("cdua")
    assert find("cpu") == CPU


def test_the_environment_says_what_it_ran_on() -> None:
    """Nothing of a GPU where there is none."""
    here = environment(CPU, 2)
    assert (here.device, here.threads, here.torch) == ("cpu", 2, torch.__version__)
    assert here.processor
    assert (here.accelerator, here.driver, here.cudnn, here.tf32) == (None, None, None, None)


def test_a_shipped_spec_has_the_revision_of_its_checkout() -> None:
    """No path of the machine is kept; a file outside any checkout has none."""
    found = subject(infer(load("mobilenetv2")))
    assert (found.name, found.file) == ("mobilenetv2", "specs/models/mobilenetv2.yaml")
    if found.revision is not None:
        assert len(found.revision.removesuffix("+")) == 12


def test_a_spec_that_git_does_not_track_has_no_revision(tmp_path: Path) -> None:
    """As in a virtual environment that lies in another project's checkout: the commits there say nothing of it."""
    for name in ("kept", "ignored"):
        text = f"name: {name}\ninput: [3, 8, 8]\nlayers: [relu]\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / ".gitignore").write_text("ignored.yaml\n", encoding="utf-8")
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for command in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "Begin")):
        subprocess.run(("git", "-C", str(tmp_path), *command), check=True)
    revisions = [subject(infer(load(str(tmp_path / f"{name}.yaml")))).revision for name in ("kept", "ignored")]
    assert revisions[0] is not None
    assert len(revisions[0]) == 12
    assert revisions[1] is None


@pytest.mark.parametrize(
    "setting", ["core.fsmonitor", "filter.a.clean", "filter.a.process", "filter.a=b.clean", "filter.a.b.clean"]
)
def test_a_program_that_a_checkout_names_is_not_run(tmp_path: Path, setting: str) -> None:
    """Git would run the monitor and the filters that the checkout's own settings name: nobody has asked for that.

    A filter is run of a file that has another time than the index says. Where no option can turn it off, git is not
    asked, and the file may have changed.
    """
    repository = Repository(tmp_path)
    repository.commit(tiny="name: tiny\ninput: [3, 8, 8]\nlayers: [relu]\n")
    program = tmp_path / ".git" / "program"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/.git/ran'\ncat\n", encoding="utf-8")
    program.chmod(0o755)
    repository.git("config", setting, str(program))
    name = setting.removeprefix("filter.").rpartition(".")[0]
    repository.git("config", f"filter.{name.partition('=')[0]}.required", "true")
    (tmp_path / ".git" / "info").mkdir(exist_ok=True)
    (tmp_path / ".git" / "info" / "attributes").write_text(f"* filter={name}\n", encoding="utf-8")
    os.utime(tmp_path / "tiny.yaml", (1, 1))
    revision = subject(infer(load(str(tmp_path / "tiny.yaml")))).revision
    assert revision is not None
    assert len(revision) == 12 + ("=" in setting)
    assert not (tmp_path / ".git" / "ran").exists()


def test_processors_of_macos_have_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of their kind, which two machines may share; a machine without the program has that of its kind."""
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr("costcalc.measure.bench.environment._said", lambda *command: "Apple M2")
    assert environment(CPU, 1).processor == "Apple M2"
    monkeypatch.setattr("costcalc.measure.bench.environment._said", lambda *command: None)
    assert environment(CPU, 1).processor == platform.machine()


def test_ceilings_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """At small sizes here; the fastest counts, and a type that the device does not multiply has none."""
    from costcalc.measure.bench import ceilings as module

    monkeypatch.setattr(module, "SIDES", (16, 32))
    monkeypatch.setattr(module, "COPIES", {"cpu": 2**16})
    told: list[str] = []
    found = ceilings(CPU, 1, ("fp32",), slot=1e-6, tell=told.append)
    assert set(found.products) == {"fp32"}
    assert found.products["fp32"].size in (16, 32)
    assert found.copy_rate.size == 2**16
    assert found.environment.threads == 1
    assert [line.partition(":")[0] for line in told] == ["GEMM, fp32", "copy", "a call"]
    for refusal in (RuntimeError("not implemented"), TypeError("not supported on MPS")):
        monkeypatch.setattr(torch, "mm", lambda *_, error=refusal, **__: (_ for _ in ()).throw(error))
        with pytest.raises(CostcalcError, match="cpu cannot multiply matrices in any of fp16"):
            ceilings(CPU, 1, ("fp16",), slot=1e-6)
