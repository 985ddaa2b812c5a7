"""Everything, one after another: ``python -m benchmarks --write``."""

from __future__ import annotations

import subprocess
import sys

for part in ("first", "growth", "peers"):
    print(f"\n{part}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{part}", *sys.argv[1:]], check=True)
