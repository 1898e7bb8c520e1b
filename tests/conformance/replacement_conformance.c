/* SPDX-License-Identifier: Apache-2.0 */
/* replacement_conformance CASES.yaml...: strings of page references and their faults. */
#include <stdio.h>

#include "replacement.h"

int main(int argc, char **argv)
{
    report r = { 0 };
    if (argc < 2) {
        fputs("usage: replacement_conformance CASES.yaml...\n", stderr);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        replacement_run(argv[i], &r);
    return report_close(&r);
}
