"""Budgets: what models may cost at most, said in a file, and whether they keep to it."""
