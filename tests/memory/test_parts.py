"""Programs cut where every order must pass."""

from hypothesis import given

from costcalc.memory.liveness import liveness
from costcalc.memory.parts import Part, parts
from costcalc.memory.program import Program
from tests.memory import programs


def behind(one: Program) -> list[set[int]]:
    """For each operation, those that must run before it, by following what it takes."""
    found: list[set[int]] = []
    for operation in one.operations:
        found.append(set(operation.after).union(*(found[before] for before in operation.after)))
    return found


def cut(one: Program) -> list[Part]:
    """The parts of ``one``."""
    declared = liveness(one)
    lives = [declared.before, *(step.after for step in declared.steps)]
    return [Part(one, one.readers(), first, last, lives[first]) for first, last in parts(one)]


@given(programs.programs)
def test_a_part_ends_at_an_operation_comparable_with_all_others(one: Program) -> None:
    """Every other operation must run before it or after it, and every such operation ends a part."""
    before = behind(one)
    count = len(one.operations)
    comparable = [
        number
        for number in range(count)
        if all(other == number or other in before[number] or number in before[other] for other in range(count))
    ]
    ends = [last for _, last in parts(one)]
    assert sorted({*comparable, count - 1}) == ends
    assert [first for first, _ in parts(one)] == [0, *(end + 1 for end in ends[:-1])]


@given(programs.programs)
def test_running_a_part_step_by_step_is_liveness(one: Program) -> None:
    """The states of a part have the live bytes of the run, and exactly the operations that can run are ready."""
    declared = liveness(one)
    for part in cut(one):
        state = part.start
        for number in range(len(part.operations)):
            assert number in state.ready
            assert all(part.before[other] & state.done == part.before[other] for other in state.ready)
            during, state = part.run(state, number)
            step = declared.steps[part.first + number]
            assert (during, state.live) == (step.during, step.after)
        assert state.done == part.whole
        assert not state.ready


@given(programs.programs)
def test_what_is_forced_to_live_lives_in_every_order(one: Program) -> None:
    """No order has less live at an operation than it must; checked in declared and in a very different order."""
    before = behind(one)
    forced = [bytes for part in cut(one) for bytes in part.forced()]
    late = list(one.order)
    for number in reversed(one.order):
        place = late.index(number)
        while place + 1 < len(late) and number not in before[late[place + 1]]:
            late[place], late[place + 1] = late[place + 1], late[place]
            place += 1
    for order in (one.order, tuple(late)):
        for number, step in zip(order, liveness(one, order).steps, strict=True):
            assert forced[number] <= step.during


def test_a_chain_is_cut_at_every_operation() -> None:
    """There the forced bytes are the live bytes, and no search is needed."""
    one = programs.program(3, ("a", 4, ["input"]), ("b", 5, ["a"], 2), ("c", 1, ["b"]))
    assert parts(one) == [(0, 0), (1, 1), (2, 2)]
    assert [bytes for part in cut(one) for bytes in part.forced()] == [7, 11, 6]
