"""torchinfo: one mult-add per parameter and image; per output position for classes with Conv in their name."""

from __future__ import annotations

from costcalc.conventions.base import TRAINED_TERMS, Convention, Module, Terms, trained
from costcalc.conventions.costcalc_ import NAMES, by_name
from costcalc.dims import Dim, product

__all__ = ["CONVENTION"]


def _mult_adds(module: Module) -> Terms:
    owned = trained(module)
    terms: dict[str, Dim] = {}
    if "Conv" in module.name:
        positions = product(module.node.shape[1:])
        counted = positions * owned["weights"]
        terms[NAMES.get(module.name, "convolution")] = module.macs
        if module.name == "ConvTranspose2d":
            terms["transposed convolution, wrong positions"] = counted - module.macs
        terms["bias"] = positions * owned.get("biases", 0)
    else:
        norm = "batch norm" if module.name.startswith("BatchNorm") else "scale"
        terms = {**by_name(module), "bias": owned.get("biases", 0)}
        terms[norm] = owned.get("scales", 0) + owned.get("shifts", 0)
    return terms


CONVENTION = Convention(
    name="torchinfo",
    title="torchinfo's total mult-adds",
    versions="1.8.0",
    unit="mult-adds",
    per_mac=1,
    rules={},
    otherwise=_mult_adds,
    parameters=trained,
    texts={
        "convolution": "1 per weight and output position",
        "transposed convolution": "1 per MAC",
        "transposed convolution, wrong positions": "counted per output position instead of per input position",
        "linear": "1 per weight",
        "bias": "1 per bias and output position",
        "batch norm": "1 per scale and shift, regardless of the image size",
        "scale": "1 per scale and shift, regardless of the image size",
        **dict.fromkeys(TRAINED_TERMS, "all parameters"),
    },
    faults={
        "transposed convolution, wrong positions": "it counts transposed convolutions per output position",
        "batch norm": "it counts the scale and shift of batch norm once instead of per element",
    },
    source="torchinfo/layer_info.py, calculate_macs",
)
