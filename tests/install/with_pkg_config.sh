#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# with_pkg_config.sh PREFIX LIBDIR KIND SOURCE OUTPUT CC: build the consumer with pkg-config and
# $CFLAGS, and run it. KIND: pelorus (shared) or static.
set -eu
prefix=$1 libdir=$2 kind=$3 source=$4 output=$5 cc=$6
export PKG_CONFIG_PATH="$libdir/pkgconfig"
# shellcheck disable=SC2046,SC2086 # flags are meant to be split
if [ "$kind" = static ]; then
    set -- -Wl,-Bstatic $(pkg-config --static --libs pelorus) -Wl,-Bdynamic
else
    set -- $(pkg-config --libs pelorus) "-Wl,-rpath,$libdir"
fi
# shellcheck disable=SC2046,SC2086
"$cc" $CFLAGS $(pkg-config --cflags pelorus) "$source" -o "$output" "$@"
"$output"
. "$(dirname "$0")/linkage.sh"
check_linkage "$output" "$kind" "$prefix"
