"""Times on a machine: what its two ceilings imply, what a benchmark measures, and the files and tables of both.

Nothing here needs torch: what runs modules is in `costcalc.measure.bench`.
"""
