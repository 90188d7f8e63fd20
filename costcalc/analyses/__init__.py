"""Analyses: a graph goes in, a `costcalc.table.Table` comes out. None imports another."""
