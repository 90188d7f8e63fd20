"""Offsets in an arena."""

from collections.abc import Iterable

import pytest
from hypothesis import given

from costcalc.inference import infer
from costcalc.layers.allocation import Tensors
from costcalc.memory.arena import Arena, Block, arena
from costcalc.memory.liveness import liveness
from costcalc.memory.order import best_order
from costcalc.memory.program import Program, program
from costcalc.spec import load
from tests.memory import programs


def assert_sound(one: Program, plan: Arena, order: tuple[int, ...]) -> None:
    """No two blocks that live at one step overlap, all that lives has a block, and the size is the end of the last."""
    for place, a in enumerate(plan.blocks):
        assert a.offset >= 0
        for b in plan.blocks[place + 1 :]:
            together = a.first <= b.last and b.first <= a.last
            apart = a.offset + a.size <= b.offset or b.offset + b.size <= a.offset or not (a.size and b.size)
            assert apart or not together
    for place, step in enumerate(liveness(one, order).steps):
        assert sum(block.size for block in plan.blocks if block.first <= place <= block.last) == step.during
    assert plan.size == max((block.offset + block.size for block in plan.blocks), default=0)
    assert plan.size >= plan.bound == liveness(one, order).peak


@given(programs.programs)
def test_a_plan_never_overlaps_two_live_tensors(one: Program) -> None:
    """In declared and in the best order; transients have blocks too."""
    assert_sound(one, arena(one), one.order)
    best = best_order(one, 50).order
    assert_sound(one, arena(one, best), best)


@given(programs.programs)
def test_a_plan_is_the_heuristics_to_the_letter(one: Program) -> None:
    """Each block at the lowest of all offsets, in the order that the heuristic says; the smaller of the two plans."""
    blocks = arena(one).blocks
    by_size = sorted(blocks, key=lambda block: (-block.size, block.first, block.tensor))
    live = [step.during for step in liveness(one).steps]
    busiest = sorted(range(len(live)), key=lambda step: -live[step])
    by_step = [
        block
        for place, step in enumerate(busiest)
        for block in by_size
        if block.first <= step <= block.last
        and not any(block.first <= before <= block.last for before in busiest[:place])
    ]
    plans: list[Iterable[Block]] = [lowest(by_size), lowest(by_step)]
    assert set(blocks) == set(min(plans, key=end))
    assert arena(one).size == min(map(end, plans))


def lowest(blocks: Iterable[Block]) -> list[Block]:
    """``blocks``, each in turn at the least offset where it meets none before it: 0, or the end of one."""
    placed: list[Block] = []
    for block in blocks:
        others = [each for each in placed if each.first <= block.last and block.first <= each.last and each.size]
        found = min(
            offset
            for offset in (0, *(each.offset + each.size for each in others))
            if not block.size
            or all(each.offset + each.size <= offset or offset + block.size <= each.offset for each in others)
        )
        placed.append(block._replace(offset=found))
    return placed


def end(blocks: Iterable[Block]) -> int:
    """The size of a plan."""
    return max((block.offset + block.size for block in blocks), default=0)


@pytest.mark.parametrize("name", ["nasnet-mobile", "ssdlite-mobilenetv2", "inception-v3"])
def test_plans_of_shipped_models_are_sound_and_near_the_bound(name: str) -> None:
    """These models branch, and no plan of theirs is more than a tenth above the bound."""
    one = program(infer(load(name)), Tensors(1, 4))
    plan = arena(one)
    assert_sound(one, plan, one.order)
    assert plan.size <= plan.bound + plan.bound // 10


def test_a_chain_is_planned_at_the_bound() -> None:
    """Two tensors at a time, at the two ends of the arena in turn."""
    one = programs.program(4, ("a", 6, ["input"]), ("b", 4, ["a"]), ("c", 6, ["b"]), ("d", 2, ["c"]))
    plan = arena(one)
    assert plan.size == plan.bound == 10
    assert {block.tensor: (block.offset, block.first, block.last) for block in plan.blocks} == {
        "a": (0, 0, 1),
        "input": (6, 0, 0),
        "b": (6, 1, 2),
        "c": (0, 2, 3),
        "d": (6, 3, 3),
    }


def test_the_better_of_two_heuristics_is_taken() -> None:
    """Each of them is the better one for some programs: neither could go."""
    import random

    pick = random.Random(3)
    made = [arena(programs.random_program(pick, 30)) for _ in range(400)]
    assert {plan.heuristic for plan in made} == {"size", "step"}
    assert sum(plan.size == plan.bound for plan in made) > 200


def test_transients_are_named_after_their_operation() -> None:
    """A block of one step beside the result."""
    one = programs.program(4, ("pool", 2, ["input"], 16))
    assert [(block.tensor, block.size) for block in arena(one).blocks] == [
        ("pool transient", 16),
        ("input", 4),
        ("pool", 2),
    ]
