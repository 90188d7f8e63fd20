"""The form of a baseline file, checked when it is read."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, PlainValidator, model_validator

from costcalc.comparison import align
from costcalc.comparison.budgets.baseline import Known
from costcalc.errors import did_you_mean, shown
from costcalc.quantities import QUANTITIES, TIMES
from costcalc.strict import Record, as_json, parsed, refusal

__all__ = ["known"]

_FRACTION = re.compile(r"\d{1,60}/0*[1-9]\d{0,59}", re.ASCII)


def _number(value: Any) -> int | Fraction | float:
    if isinstance(value, str) and _FRACTION.fullmatch(value):
        return Fraction(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise refusal(f'must be a number, or a fraction such as "7/3", not {as_json(value)}')
    return value


class _Layer(Record):
    path: str
    kind: str
    text: str
    inputs: list[list[int]]
    shape: list[int]
    parts: dict[str, int]

    @property
    def record(self) -> align.Record:
        inputs = tuple(tuple(shape) for shape in self.inputs)
        return align.Record(self.path, self.kind, self.text, inputs, tuple(self.shape))


class _Model(Record):
    model: str
    knobs: dict[str, JsonValue]
    values: dict[str, Annotated[int | Fraction | float, PlainValidator(_number)]]
    layers: list[_Layer]

    @model_validator(mode="after")
    def _consistent(self) -> _Model:
        known = {**QUANTITIES, **TIMES}
        for name in self.values:
            if (key := name.partition("(")[0]) not in known:
                hint = did_you_mean(key, known)
                raise refusal(f"values.{shown(name)}: no such quantity{f'; {hint}' if hint else ''}")
        names = {name: None for layer in self.layers for name in layer.parts}
        for layer in self.layers:
            for name in names:
                if name not in layer.parts:
                    raise refusal(f"layer {shown(layer.path)} has no part {shown(name)}, but another layer does")
        for name in names:
            whole = sum(layer.parts[name] for layer in self.layers)
            if name not in self.values:
                raise refusal(f"layers have parts of {shown(name)}, but values does not")
            if self.values[name] != whole:
                raise refusal(f"values.{shown(name)} is {self.values[name]}, but its parts add up to {shown(whole)}")
        return self

    @property
    def known(self) -> Known:
        names = self.layers[0].parts if self.layers else ()
        parts = {name: [layer.parts[name] for layer in self.layers] for name in names}
        return Known(self.model, self.knobs, self.values, [layer.record for layer in self.layers], parts)


class _Baseline(Record):
    schema_: Literal["costcalc.baseline/1"] = Field(alias="schema")
    models: list[_Model]


def known(document: Any) -> list[Known]:
    """The models in ``document``, a JSON value. Raises CostcalcError with the path to what is wrong and the rule."""
    return [each.known for each in parsed(_Baseline, document).models]
