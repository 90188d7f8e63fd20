"""Reports: everything that is known of some models as one document, which `costcalc.outputs.page` makes a page of."""

from costcalc.report.subject import Subject

__all__ = ["Subject"]
