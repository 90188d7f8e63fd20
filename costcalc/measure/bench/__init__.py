"""Timing of real modules on real devices. What is measured is kept and shown by `costcalc.device`."""
