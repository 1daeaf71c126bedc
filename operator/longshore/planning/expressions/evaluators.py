"""Owns how the CEL evaluator is imported: without the command line that its package brings along.

That one is a terminal toolkit: 250 modules, 12 MiB and a tenth of a second for each process that plans.
"""

import sys
from types import ModuleType

sys.modules.setdefault("cel.cli", ModuleType("cel.cli"))

import cel  # noqa: E402 - after what it would import

__all__ = ["cel"]
