"""Workflow commands of GitHub Actions."""

from costcalc.outputs.github import annotation


def test_an_annotation_stands_at_a_line() -> None:
    """As GitHub's documentation of workflow commands has it."""
    assert (
        annotation("too much", file="models/tiny.yaml", line=7, title="macs")
        == "::error file=models/tiny.yaml,line=7,title=macs::too much"
    )
    assert annotation("too much") == "::error::too much"


def test_whatever_is_in_a_text_is_shown_as_text() -> None:
    """What ends a property, a command or a line is escaped, and a percent sign first, so that it is not undone."""
    made = annotation("50% off\r\n::error::not one", file="a,b:c%2C\n.yaml", title="x::y")
    assert made == "::error file=a%2Cb%3Ac%252C%0A.yaml,title=x%3A%3Ay::50%25 off%0D%0A::error::not one"
    assert "\n" not in made


def test_control_characters_do_not_reach_the_log() -> None:
    """Nothing that a terminal would obey."""
    assert "\x1b" not in annotation("a\x1b[31mb", file="c\x1bd")
