"""``costcalc macs``."""

import pytest

from tests.cli.runner import refused, run


@pytest.mark.parametrize(("model", "count"), [("mobilenetv1", 568_740_352), ("mobilenetv2", 300_774_272)])
def test_the_total_is_in_macs_and_names_flops(model: str, count: int) -> None:
    """The plain total is MACs; FLOPs, two for each, are named beside it."""
    assert run("macs", model, "--quiet").out == f"{count}\n"
    text = run("macs", model).out
    assert f"{count:,} MACs = {2 * count:,} FLOPs" in text


def test_kinds_of_parameters_are_none_of_its_business() -> None:
    """--kind belongs to params."""
    assert refused("macs", "mobilenetv2", "--kind", "stored").startswith("mobilenetv2 has no knob kind")
