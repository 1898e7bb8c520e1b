/* SPDX-License-Identifier: Apache-2.0 */
/* A program of somebody else, built against the installed tree. */
#include <pelorus/pelorus.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    size_t count;
    const pel_schema *first = pel_schemas(&count)[0];
    printf("pelorus %s: %zu structures, first %s\n", PEL_VERSION, count, first->name);
    return strcmp(pel_status_name(PEL_REFUSED), "PEL_REFUSED") != 0;
}
