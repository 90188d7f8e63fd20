"""Closed forms: a model inferred over symbols, what its formulas then say, and the conditions under which that holds.

Nothing here is imported before somebody asks for a closed form: sympy takes half a second.
"""
