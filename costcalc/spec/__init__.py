"""The spec language: YAML files to `ModelSpec`."""

from costcalc.spec.library import load
from costcalc.spec.model import Knob, ModelSpec
from costcalc.spec.shipped import shipped_blocks, shipped_models

__all__ = ["Knob", "ModelSpec", "load", "shipped_blocks", "shipped_models"]
