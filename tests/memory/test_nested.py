"""The peak of modules that call modules. What real ones do is in tests/measure/test_memory.py."""

from hypothesis import given

from costcalc.memory.liveness import liveness
from costcalc.memory.nested import calls, nested_peak
from costcalc.memory.program import Program
from tests.memory import programs


def test_calls_are_what_the_paths_say() -> None:
    """Operations next to each other whose paths begin alike run in one call; the model's own comes first."""
    paths = ["stem", "a.1.conv", "a.1.norm", "a.2.conv", "b.conv", "a.3"]
    assert calls(paths) == [(0, 5), (1, 3), (4, 4), (5, 5), (1, 2), (3, 3)]


def test_a_call_holds_its_arguments_to_its_end() -> None:
    """A flat module drops the first tensor after its only reader; the block that took it keeps it."""
    lines: list[programs.Line] = [
        ("stem", 8, ["input"]),
        ("block.wide", 10, ["stem"]),
        ("block.narrow", 9, ["block.wide"]),
        ("head", 1, ["block.narrow"]),
    ]
    one = programs.program(2, *lines)
    # flat: wide and narrow together; nested: the image, which the model holds, and stem as well
    assert (liveness(one).peak, liveness(one).at) == (19, 2)
    assert nested_peak(one) == (2 + 8 + 10 + 9, 2)


def test_what_a_call_makes_itself_goes_as_usual() -> None:
    """Only arguments are held: the wide tensor is gone when the last operation of the block runs."""
    one = programs.program(2, ("block.a", 10, ["input"]), ("block.b", 3, ["block.a"]), ("block.c", 4, ["block.b"]))
    assert nested_peak(one) == (2 + 10 + 3, 1)


@given(programs.programs)
def test_a_model_without_blocks_holds_its_input_alone(one: Program) -> None:
    """Operations whose paths have one part are called by the model itself, which was given the image."""
    held = one._replace(kept=one.kept | {0})
    assert nested_peak(one)[0] == liveness(held).peak
