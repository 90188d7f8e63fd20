"""JSON that is read strictly: the base of its records, and what pydantic refuses in our own words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import NoneType
from typing import Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from costcalc.errors import CostcalcError, nearest, quoted, shown

__all__ = ["Record", "as_json", "document", "one_of", "parsed", "refusal"]


class Record(BaseModel):
    """Strict: no unknown keys, no conversions, no infinite numbers. Never changed once made."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


R = TypeVar("R", bound=Record)

_OWN = "costcalc"
"""The type of the errors that `refusal` makes: their words are ours already."""

_RULES = {
    "bool_type": "must be true or false",
    "dict_type": "must be an object",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "model_type": "must be an object",
    "none_required": "must be null",
    "string_type": "must be a text",
}
"""What must hold, by pydantic's name of the error; the names in braces are those of its context."""


def refusal(message: str) -> Exception:
    """The exception with which a validator of a field refuses a value in our own words."""
    return PydanticCustomError(_OWN, "{message}", {"message": message})


def as_json(value: Any) -> str:
    """``value`` as it stands in a file of JSON, for a message: a text in quotation marks, what is nested as a word."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return shown(json.dumps(value, ensure_ascii=False))


def one_of(words: Iterable[str]) -> AfterValidator:
    """What a field is annotated with that is one of ``words``."""
    known = tuple(words)

    def check(value: str) -> str:
        if value not in known:
            raise refusal(f"must be one of {', '.join(known)}, not {as_json(value)}")
        return value

    return AfterValidator(check)


def document(data: bytes) -> Any:
    """The JSON value in ``data``: no key twice, no NaN, no number beyond the range of floats.

    Raises CostcalcError, with line and column where the parser knows them.
    """
    try:
        return json.loads(data, object_pairs_hook=_distinct, parse_constant=_no_number, parse_float=_finite)
    except json.JSONDecodeError as error:
        said = quoted("the parser", error.msg)
        raise CostcalcError(f"not JSON: {said}", line=error.lineno, column=error.colno) from None
    except UnicodeDecodeError as error:
        raise CostcalcError(f"not JSON: byte {error.start + 1} is not UTF-8") from None
    except RecursionError:
        raise CostcalcError("nested too deep") from None
    except ValueError:  # Python reads no whole number of more digits than that
        raise CostcalcError("a number has too many digits") from None


def parsed(kind: type[R], value: Any) -> R:
    """``value``, a JSON value or the bytes of one, as a record of this kind.

    Raises CostcalcError with the path in it and the rule.
    """
    try:
        return kind.model_validate_json(value) if isinstance(value, bytes) else kind.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False)
    # a key that is not known is often the misspelling of one that is missing
    first = next((each for each in found if each["type"] == "extra_forbidden"), found[0])
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).removeprefix(".")
    hint = (
        nearest(str(first["loc"][-1]), _keys(kind, first["loc"][:-1])) if first["type"] == "extra_forbidden" else None
    )
    raise CostcalcError(_message(first), path=shown(path, 200) or None, hint=hint)


def _message(error: Mapping[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == _OWN:
        return str(context["message"])
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "there is no such key"
    if kind == "json_invalid":
        return f"not JSON: {quoted('the parser', context['error'])}"
    if kind not in _RULES:
        return f"is refused: {quoted('pydantic', error['msg'])}"
    rule = _RULES[kind].format(**{**context, "expected": str(context.get("expected")).replace("'", "")})
    return f"{rule}, not {as_json(error['input'])}"


def _keys(kind: Any, path: Sequence[int | str]) -> list[str]:
    """The keys that the record at ``path`` in a record of this kind has."""
    for part in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
            kind = fields[str(part)]
        else:
            kind = get_args(kind)[-1]  # of a list or a dict
        if NoneType in get_args(kind):
            kind = get_args(kind)[0]
    return [field.alias or name for name, field in kind.model_fields.items()]


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise CostcalcError(f"the key {shown(twice)} stands twice in one object")
    return found


def _no_number(word: str) -> Any:
    raise CostcalcError(f"{word} is not a number that JSON allows")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise CostcalcError(f"{shown(text)} is beyond the range of floating-point numbers")
    return value
