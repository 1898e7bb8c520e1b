#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every example of the manual of recipes builds.

usage: manual.py BUILD_RECIPE MANUAL
"""

import os
import re
import subprocess
import sys
import tempfile


def main(tool, manual):
    with open(manual, encoding="utf-8") as f:
        examples = re.findall(r"^```yaml\n(.*?)^```", f.read(), re.M | re.S)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(examples, 1):
            recipe = os.path.join(folder, f"example{number}.yaml")
            with open(recipe, "w", encoding="utf-8") as f:
                f.write(text)
            failed += subprocess.run([tool, recipe, recipe + ".out"], check=False).returncode != 0
    print(f"{len(examples) - failed} of {len(examples)} examples build")
    return 1 if failed or not examples else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
