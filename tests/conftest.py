"""Where PyTorch is not installed, a test that imports it is skipped, and so is a file of tests that does."""

import importlib.util
import sys

from tests.absent import Absent

if importlib.util.find_spec("torch") is None:
    sys.meta_path.append(Absent("torch"))
