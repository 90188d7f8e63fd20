"""What a layer's arguments may be: a field checks a value, says what is wrong, and describes itself for editors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from costcalc.dims import is_array, is_exact_int, is_symbol, size
from costcalc.errors import LayerError, did_you_mean, nearest, shown

__all__ = ["EXPRESSION", "REQUIRED", "Field", "Flag", "Number", "Padding", "Pair", "Size", "Word"]

REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "required"})()
"""The default of a field that has none."""

EXPRESSION: Mapping[str, Any] = {"type": ["string", "number", "boolean", "null"]}
"""JSON Schema of a scalar of the spec language: a number, a word or an expression in text."""


class Field:
    """One argument of a layer: its ``default`` (or `REQUIRED`) and a line of ``help``."""

    def __init__(self, default: Any = REQUIRED, help: str = "") -> None:
        self.default = default
        self.help = help

    def check(self, name: str, value: Any) -> Any:
        """``value`` in the form in which the layer keeps it.

        Raises LayerError naming the field, the value and the rule.
        """
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """JSON Schema of what may stand in the YAML."""
        schema = dict(self._schema())
        if self.help:
            schema["description"] = self.help
        if self.default is not REQUIRED and not isinstance(self.default, tuple):
            schema["default"] = self.default
        return schema

    def _schema(self) -> Mapping[str, Any]:
        return EXPRESSION

    @staticmethod
    def refuse(name: str, value: Any, rule: str, hint: str | None = None) -> LayerError:
        return LayerError(f"{name} = {shown(value)}: {rule}", field=name, hint=hint)


class Size(Field):
    """A whole number of at least ``least``."""

    def __init__(self, default: Any = REQUIRED, help: str = "", *, least: int = 1) -> None:
        super().__init__(default, help)
        self.least = least

    def check(self, name: str, value: Any) -> Any:
        try:
            return size(value, self.least)
        except ValueError as error:
            raise self.refuse(name, value, str(error)) from None


class Pair(Size):
    """A whole number for both axes, or a pair ``[vertical, horizontal]``. Kept as a pair."""

    def check(self, name: str, value: Any) -> Any:
        if not isinstance(value, tuple):
            one = super().check(name, value)
            return (one, one)
        if len(value) != 2:
            raise self.refuse(name, value, "must be one number or a pair [vertical, horizontal]")
        return tuple(super(Pair, self).check(name, item) for item in value)

    def _schema(self) -> Mapping[str, Any]:
        return {"anyOf": [EXPRESSION, {"type": "array", "items": EXPRESSION, "minItems": 2, "maxItems": 2}]}


class Padding(Pair):
    """``half``, ``same``, ``valid``, a number for all four sides, or a pair ``[vertical, horizontal]``.

    ``half`` is dilation * (kernel - 1) // 2 on each side; ``same`` is TensorFlow's, which may differ between the two
    sides of an axis; ``valid`` is none.
    """

    WORDS: tuple[str, ...] = ("half", "same", "valid")

    def __init__(self, default: Any = "half", help: str = "half, same, valid, or how many on each side") -> None:
        super().__init__(default, help, least=0)

    def check(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            if value not in self.WORDS:
                raise self.refuse(name, value, "not a padding", nearest(value, self.WORDS))
            return value
        return super().check(name, value)


class Flag(Field):
    """``true`` or ``false``."""

    def check(self, name: str, value: Any) -> Any:
        if not isinstance(value, bool):
            raise self.refuse(name, value, "must be true or false")
        return value


class Number(Field):
    """A finite number of at least ``least`` and at most ``most``, whole or not."""

    def __init__(
        self, default: Any = REQUIRED, help: str = "", *, least: float = -math.inf, most: float = math.inf
    ) -> None:
        super().__init__(default, help)
        self.least = least
        self.most = most

    def check(self, name: str, value: Any) -> Any:
        if is_array(value) or is_symbol(value):
            return value
        if not (is_exact_int(value) or (isinstance(value, float) and math.isfinite(value))):
            raise self.refuse(name, value, "must be a number")
        if value < self.least:
            raise self.refuse(name, value, f"must be at least {self.least:g}")
        if value > self.most:
            raise self.refuse(name, value, f"must be at most {self.most:g}")
        return value


class Word(Field):
    """One of a few words."""

    def __init__(self, words: tuple[str, ...], default: Any = REQUIRED, help: str = "") -> None:
        super().__init__(default, help)
        self.words = words

    def check(self, name: str, value: Any) -> Any:
        if not isinstance(value, str) or value not in self.words:
            hint = did_you_mean(shown(value), self.words)
            raise self.refuse(name, value, f"must be one of {', '.join(self.words)}", hint)
        return value
