"""The audit: every claim of a document derived again, with a verdict."""

from costcalc.analyses.audit.tables import findings_table, steps_table, summary_table, verdicts_table
from costcalc.analyses.audit.verdicts import Finding, audit

__all__ = ["Finding", "audit", "findings_table", "steps_table", "summary_table", "verdicts_table"]
