"""MobileNetV2 timed by costcalc and by a script in plain torch: the ratio of the two, with its interval.

    python tests/benchmarks/byhand.py [--rounds N] [--resolution N] [--threads N]

The script is what one would write by hand: the network in torch.nn, `torch.utils.benchmark.Timer` and
`blocked_autorange`. Both take turns in one process, in alternating order, and every round gives a pair. An interval
that holds 1 shows no difference.

A Timer runs a whole statement, so the script's backward pass is the time of loss and backward pass less that of the
loss; costcalc stops its clock while it records the loss. Going through one recorded graph again and again
(``retain_graph``) is no substitute: its tensors are where they were, and that takes a fifth less on a CPU.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # or torch's profiler, which measures memory, writes to stderr

from statistics import median

import torch
from torch import Tensor, nn
from torch.utils.benchmark import Timer

from costcalc.device.plan import digest
from costcalc.device.records import Cell
from costcalc.device.statistics import ratio, summary
from costcalc.inference import infer
from costcalc.measure.bench.timing import Bench
from costcalc.spec import load

SLOT = 0.5
"""Seconds of runs in a turn."""

PASSES = {"forward": ["forward"], "backward": ["loss", "loss and backward"], "step-sgd": ["step-sgd"]}
"""What costcalc times, and the statements of which it is the last less the others."""

ROWS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def unit(cin: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1, act: bool = True) -> nn.Sequential:
    """Convolution, batch norm and, unless it is linear, ReLU6."""
    parts: list[nn.Module] = [nn.Conv2d(cin, out, kernel, stride, kernel // 2, groups=groups, bias=False)]
    parts.append(nn.BatchNorm2d(out))
    return nn.Sequential(*parts, nn.ReLU6()) if act else nn.Sequential(*parts)


class Block(nn.Module):
    """An inverted residual."""

    def __init__(self, cin: int, t: int, out: int, stride: int) -> None:
        super().__init__()
        inner = cin * t
        expand = [] if t == 1 else [unit(cin, inner)]
        self.body = nn.Sequential(*expand, unit(inner, inner, 3, stride, inner), unit(inner, out, act=False))
        self.residual = stride == 1 and cin == out

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x)
        return x + y if self.residual else y


def mobilenetv2() -> nn.Sequential:
    """MobileNetV2 at width 1 for 1000 classes."""
    layers: list[nn.Module] = [unit(3, 32, 3, 2)]
    cin = 32
    for t, out, count, stride in ROWS:
        for number in range(count):
            layers.append(Block(cin, t, out, 1 if number else stride))
            cin = out
    return nn.Sequential(*layers, unit(cin, 1280), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000))


def by_hand(resolution: int, threads: int) -> dict[str, Timer]:
    """A Timer for each pass."""
    image, labels = torch.randn(1, 3, resolution, resolution), torch.zeros(1, dtype=torch.long)
    trained, stepped = mobilenetv2().train(), mobilenetv2().train()
    optimizer = torch.optim.SGD(stepped.parameters(), lr=1e-4, momentum=0.9, weight_decay=1e-4)
    loss = "model.zero_grad(); loss = torch.nn.functional.cross_entropy(model(image), labels)"
    step = """
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(image), labels).backward()
        optimizer.step()
    """
    names = {"image": image, "labels": labels, "optimizer": optimizer, "model": stepped}
    training = {"model": trained, "image": image, "labels": labels}
    forward = {"model": mobilenetv2().eval(), "image": image}
    return {
        "forward": Timer("with torch.no_grad(): model(image)", globals=forward, num_threads=threads),
        "loss": Timer(loss, globals=training, num_threads=threads),
        "loss and backward": Timer(f"{loss}; loss.backward()", globals=training, num_threads=threads),
        "step-sgd": Timer(step, globals=names, num_threads=threads),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="costcalc's times beside those of a script by hand")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--resolution", type=int, default=224)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    graph = infer(load("mobilenetv2"), {"resolution": options.resolution})
    timers = by_hand(options.resolution, options.threads)
    made = {"model": graph.name, "knobs": dict(graph.knobs), "graph": digest(graph), "batch": 1, "dtype": "fp32"}
    cells = [Cell.model_validate({**made, "mode": "eager", "layout": "contiguous", "work": work}) for work in PASSES]
    bench = Bench(cells, [graph] * len(cells), torch.device("cpu"), options.threads, SLOT)
    ours: list[dict[int, float]] = [{} for _ in cells]
    theirs: list[dict[int, float]] = [{} for _ in cells]
    for number in range(options.rounds):
        for index, statements in enumerate(PASSES.values()):
            for turn in ("ours", "theirs") if number % 2 else ("theirs", "ours"):
                if turn == "ours":
                    ours[index][number] = median(bench.take(index, number).seconds)
                else:
                    times = [timers[name].blocked_autorange(min_run_time=SLOT).median for name in statements]
                    theirs[index][number] = times[-1] - sum(times[:-1])
    print(f"mobilenetv2 at {options.resolution}, {options.threads} threads, {options.rounds} rounds; milliseconds")
    for index, work in enumerate(PASSES):
        found = ratio(ours[index], theirs[index])
        assert found is not None
        medians = [1000 * summary(list(times[index].values())).median for times in (ours, theirs)]
        interval = "too few rounds for an interval"
        if found.interval is not None:
            verdict = "holds 1" if found.interval.low <= 1 <= found.interval.high else "does not hold 1"
            interval = f"95% from {found.interval.low:.3f} to {found.interval.high:.3f}, which {verdict}"
        print(f"{work:>9}: costcalc {medians[0]:.2f}, by hand {medians[1]:.2f}; ratio {found.median:.3f}, {interval}")


if __name__ == "__main__":
    main()
