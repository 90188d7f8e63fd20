"""Theorems as files: what is refused, where, and with which hint."""

import pytest

from costcalc.errors import SpecError
from costcalc.symbolic.proofs.claims import Interval
from tests.symbolic.proofs.writing import theorem

GRAPH = "graphs: {g: {input: [c, 8, 8], layers: [conv: {out: 4}]}}\n"


def refusal(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        theorem(text)
    return str(caught.value)


def test_a_file_is_read_whole() -> None:
    """Names, graphs and comparisons, each with the intervals of the symbols on which it depends."""
    statement = theorem(
        "claim: >\n  It is\n  so.\nsource: me\nconditions: always\nsymbols: {c: 1, k: 3..9}\nlet: {e: 2 * c}\n"
        f"{GRAPH}prove:\n  - k * macs(g) == 256 * e\n  - {{that: e > 19, for: {{c: 10}}}}\n"
    )
    assert (statement.claim, statement.source, statement.conditions) == ("It is so.", "me", "always")
    first, second = statement.claims
    assert first.symbols == {"c": Interval(1), "k": Interval(3, 9)}
    assert second.symbols == {"c": Interval(10)}
    assert (second.text, second.sign) == ("e > 19", ">")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("claims: [1 == 1]\n", "theorem.yaml:3:1: claims: a theorem has no key claims (did you mean claim?)"),
        ("symbols: {c: 1}\n", "a theorem needs prove"),
        ("prove: []\n", "prove: at least one comparison"),
        ("symbols: {c: x}\nprove: [c == 1]\n", "symbol c = x: must be the least whole number"),
        ("symbols: {c: 5..3}\nprove: [c == 1]\n", "symbol c = 5..3: holds no number"),
        ("symbols: {c: -1}\nprove: [c == 1]\n", "symbol c = -1: must not be negative"),
        ("symbols: {macs: 1}\nprove: [macs == 1]\n", "symbol macs: the language has a meaning for this name"),
        ("symbols: {relu: 1}\nprove: [relu == 1]\n", "symbol relu: the language has a meaning for this name"),
        ("symbols: {c: 1}\nlet: {c: 2}\nprove: [c == 1]\n", "let c: a symbol already has that name"),
        ("symbols: {c: 1}\nlet: {d: e}\nprove: [c == 1]\n", "unknown name e"),
        (f"symbols: {{c: 1, g: 1}}\n{GRAPH}prove: [c == 1]\n", "graph g: a symbol already has that name"),
        (f"symbols: {{c: 1}}\n{GRAPH}prove: [macs(h) == 1]\n", "unknown name h (known: c, g)"),
        (f"symbols: {{c: 1}}\n{GRAPH}prove: [mac(g) == 1]\n", "unknown function mac (did you mean macs?)"),
        (f"symbols: {{c: 1}}\n{GRAPH}prove: ['macs(g, g) == 1']\n", "macs takes 1 argument, not 2"),
        (f"symbols: {{c: 1}}\n{GRAPH}prove: [height(h) == 1]\n", "unknown graph h (known: g)"),
        (f"symbols: {{c: 1}}\n{GRAPH}prove: [macs(g)]\n", "macs(g): must be one comparison"),
        (f"symbols: {{c: 1}}\n{GRAPH}prove: [macs(g) == 1 and c == 1]\n", "must be one comparison"),
        (f"symbols: {{c: 1}}\n{GRAPH}prove: [c ** 2 == 1]\n", "not allowed in an expression: **"),
        ("symbols: {c: 1}\nprove: [{that: c == 1, for: {d: 1}}]\n", "for: no symbol is called d (known: c)"),
        ("symbols: {c: 1}\nprove: [{for: {c: 1}}]\n", "a comparison with symbols of its own needs that"),
        ("symbols: {c: 1}\ngraphs: {g: {model: mobilenetv22}}\nprove: [c == 1]\n", "did you mean mobilenetv2?"),
        ("symbols: {c: 1}\ngraphs: {g: {model: mobilenetv2, beta: 1}}\nprove: [c == 1]\n", "has no knob beta"),
        ("symbols: {c: 1}\ngraphs: {g: {input: [c, 4, 4]}}\nprove: [c == 1]\n", "a model needs layers"),
        ("symbols: {c: 1}\ngraphs: {g: {input: [d, 4, 4], layers: [relu]}}\nprove: [c == 1]\n", "unknown name d"),
    ],
)
def test_what_makes_no_theorem_is_refused_at_its_place(text: str, message: str) -> None:
    """With the nearest valid name."""
    found = refusal(text)
    assert message in found
    assert found.startswith("theorem.yaml:")


@pytest.mark.parametrize("claim", ["g == 1", "g + 1 == 2", "macs(c) == 1", "limit(c, g) == 1"])
def test_a_graph_is_no_number_and_a_number_no_graph(claim: str) -> None:
    """Said where the comparison stands."""
    from costcalc.symbolic.proofs.prover import prove

    with pytest.raises(SpecError, match=r"^theorem\.yaml:5:9: prove\[0\]: "):
        prove(theorem(f"symbols: {{c: 1}}\n{GRAPH}prove: [{claim!r}]\n"))


def test_what_python_warns_of_is_read_in_silence() -> None:
    """``1if`` is a number and a word to Python's grammar, which warns; no warning reaches a user."""
    assert theorem('prove: ["1 == (1if 1 == 1 else 2)"]').claims[0].sign == "=="
