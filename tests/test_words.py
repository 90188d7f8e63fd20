"""The words that options and files use."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from costcalc.errors import UsageError
from costcalc.memory.optimizers import OPTIMIZERS as STEPS
from costcalc.words import DTYPES, OPTIMIZERS, TIMED_DTYPES, one_of, width

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("each", DTYPES.values(), ids=list(DTYPES))
def test_both_spellings_of_an_element_type_are_the_same_word(each) -> None:
    """``float16`` and ``fp16``: the short one is what every table says."""
    assert one_of("--dtype", each.torch, DTYPES) == one_of("--dtype", each.name, DTYPES) == each.name
    assert width(each.torch) == width(each.name) == each.width


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("fp17", "dtype fp17: must be one of fp32, fp16, bf16 (did you mean fp16?)"),
        ("int8", "dtype int8: must be one of fp32, fp16, bf16"),
        ("float64", "dtype float64: must be one of fp32, fp16, bf16"),
    ],
)
def test_another_word_is_refused_with_what_may_stand_there(value: str, said: str) -> None:
    """A known type that is not among those asked for is no better than an unknown one."""
    with pytest.raises(UsageError) as caught:
        one_of("dtype", value, TIMED_DTYPES)
    assert str(caught.value) == said


def test_every_optimizer_has_a_step_that_is_counted() -> None:
    """What the memory of a step is, for each word."""
    assert tuple(STEPS) == OPTIMIZERS


@pytest.mark.parametrize(
    ("word", "meant"),
    [("half", "fp16"), ("single", "fp32"), ("float", "fp32"), ("double", "fp64"), ("bfloat", "bf16")],
)
def test_torchs_other_names_of_a_type_lead_to_it(word: str, meant: str) -> None:
    """torch.half is torch.float16, torch.float is torch.float32, torch.double is torch.float64."""
    with pytest.raises(UsageError) as caught:
        one_of("--dtype", word, DTYPES)
    assert caught.value.hint == f"did you mean {meant}?"


def test_an_element_type_is_one_entry(tmp_path: Path) -> None:
    """A type declared in the table alone is an option, a word of budgets and a width, by both its names."""
    shutil.copytree(ROOT / "costcalc", tmp_path / "costcalc", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    words = tmp_path / "costcalc" / "words.py"
    entry = '        Dtype("fp8", "float8_e4m3fn", 1),\n'
    last = '        Dtype("int8", "int8", 1),\n'
    text = words.read_text(encoding="utf-8")
    assert last in text
    words.write_text(text.replace(last, last + entry), encoding="utf-8")
    budgets = "budgets: [{model: lenet5, bytes(fp8): < 1 GiB}]\n"
    (tmp_path / "budgets.yaml").write_text(budgets, encoding="utf-8")

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "costcalc", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    def moved(dtype: str) -> int:
        total = json.loads(run("macs", "lenet5", "--ledger", "--dtype", dtype, "--format", "json"))["total"]
        return int(total["read"] + total["written"])

    assert 4 * moved("fp8") == moved("fp32")
    assert "(fp8)" in run("compare", "lenet5", "lenet5-dense", "--dtype", "float8_e4m3fn")
    assert "bytes(fp8)" in run("check")
