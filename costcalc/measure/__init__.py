"""Real torch modules made from graphs, and what other people's counters say of them.

The only folder that imports torch or fvcore; importing any of it without torch raises MissingError.
"""

from costcalc.measure.extras import require

require("torch")
