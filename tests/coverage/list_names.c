/* SPDX-License-Identifier: Apache-2.0 */
/* Tells every name that the library has for a value: set, value, bits that it is compared in, name.
 */
#include <pelorus/schema.h>
#include <stdio.h>

static void tell(const char *set, const pel_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        printf("%s\t%u\t%u\t%s\n", set, names->items[i].value, names->items[i].mask,
               names->items[i].name);
}

int main(void)
{
#define X(title, id) tell(#id, &pel_names_##id);
#include <pelorus/tables/enums.def>
#undef X
#define X(id, value, win32, text) printf("ntstatus\t%u\t4294967295\tSTATUS_" #id "\n", value);
#include <pelorus/tables/ntstatus.def>
#undef X
    return 0;
}
