"""Counts of a graph as tables: parameters, work, bytes moved, depth."""
