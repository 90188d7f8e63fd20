"""What a machine's two ceilings imply for a graph, and what was measured beside it: tables of floors, times and shares.

Source: Williams, Waterman and Patterson 2009, Roofline: an insightful visual performance model.
"""
