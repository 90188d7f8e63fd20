"""The spec language: YAML files to `ModelSpec`."""

from costcalc.spec.library import load, shipped_blocks, shipped_models
from costcalc.spec.model import Knob, ModelSpec

__all__ = ["Knob", "ModelSpec", "load", "shipped_blocks", "shipped_models"]
