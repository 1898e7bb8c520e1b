# SPDX-License-Identifier: Apache-2.0
# check_linkage PROGRAM KIND PREFIX: it uses the shared library of PREFIX, or none if KIND is
# static.
check_linkage() {
    library=$(ldd "$1" | sed -n 's/.*libpelorus[^ ]* => \([^ ]*\).*/\1/p')
    case $2,$library in
    static, | pelorus,"$3"/*) ;;
    *)
        echo "$1 ($2) uses '$library'"
        return 1
        ;;
    esac
}
