#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lint_man.sh PAGE.scd SCRATCH: the page is good scdoc, and makes a good manual page.
set -eu
for tool in scdoc mandoc; do
    if ! command -v $tool >/dev/null; then
        echo "skipped: there is no $tool"
        exit 77
    fi
done
made=$2/$(basename "$1" .scd)
scdoc <"$1" >"$made"
# scdoc writes more paragraph macros than mandoc likes; the rest is ours.
findings=$(mandoc -T lint -W warning "$made" | grep -v 'skipping paragraph macro: PP' || true)
echo "$findings"
test -z "$findings"
