"""Real torch modules made from graphs, and what other people's counters say of them.

The only folder that imports torch or fvcore; importing any of it without torch raises MissingError.
"""

import os

from costcalc.measure.extras import require

# torch's profiler, which measures memory, writes lines to stderr unless it is told not to before torch loads
os.environ.setdefault("KINETO_LOG_LEVEL", "99")
require("torch")
