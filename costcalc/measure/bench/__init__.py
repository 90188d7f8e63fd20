"""Timing of real modules on real devices. What is measured is kept and read by `costcalc.device.results`."""
