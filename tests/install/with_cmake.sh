#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# with_cmake.sh PREFIX KIND SOURCES BUILD CC: build the consumer with find_package and $CFLAGS, and
# run it. KIND: pelorus (shared) or static.
set -eu
prefix=$1 kind=$2 sources=$3 build=$4 cc=$5
rm -rf "$build"
cmake -S "$sources" -B "$build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc"
cmake --build "$build" --target "consumer_$kind"
"$build/consumer_$kind"
. "$(dirname "$0")/linkage.sh"
check_linkage "$build/consumer_$kind" "$kind" "$prefix"
