#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the images of map_images.jsonl to a folder.

usage: make_map_images.py IMAGES.jsonl DIR

Each line is {"name", "deflated"}: the file, deflated (zlib), in base 64.
"""

import base64
import json
import os
import sys
import zlib


def main(source, folder):
    os.makedirs(folder, exist_ok=True)
    with open(source, encoding="utf-8") as lines:
        for line in lines:
            image = json.loads(line)
            with open(os.path.join(folder, image["name"]), "wb") as out:
                out.write(zlib.decompress(base64.b64decode(image["deflated"])))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
