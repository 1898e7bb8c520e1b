/* SPDX-License-Identifier: Apache-2.0 */
/* Tells every name that the library has for a value, a line each: set, value, bits that it is
 * compared in, name. Unwind codes are asked of the decoders: first byte, bytes, name; an object
 * identifier is its bytes. */
#include <pelorus/schema.h>
#include <stdio.h>

#include "pe/oid.h"
#include "pe/unwind.h"

static void tell(const char *set, uint32_t value, uint32_t mask, const char *name)
{
    printf("%s\t%u\t%u\t%s\n", set, value, mask, name);
}

static void tell_names(const char *set, const pel_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        tell(set, names->items[i].value, names->items[i].mask, names->items[i].name);
}

static void tell_codes(const char *set, bool (*decode)(pel_span, pel_unwind_code *))
{
    for (unsigned first = 0; first < 256; first++) {
        const uint8_t bytes[8] = { (uint8_t)first };
        pel_unwind_code code = { .size = 0 };
        if (decode((pel_span){ bytes, sizeof bytes }, &code))
            tell(set, first, code.size, code.op);
    }
}

static void tell_oid(const char *bytes, size_t size, const char *name)
{
    printf("oid\t");
    for (size_t i = 0; i < size; i++)
        printf("%02x", (unsigned char)bytes[i]);
    printf("\t0\t%s\n", name);
}

int main(void)
{
#define X(title, id) tell_names(#id, &pel_names_##id);
#include <pelorus/tables/enums.def>
#undef X
#define X(id, value, win32, text) tell("ntstatus", value, UINT32_MAX, "STATUS_" #id);
#include <pelorus/tables/ntstatus.def>
#undef X
#define X(name, where, purpose) printf("special_section\t0\t0\t" #where " " name "\n");
#include <pelorus/tables/special_section.def>
#undef X
#define X(narrow, wide, last, windows) tell("load_config_size", narrow, wide, last);
#include <pelorus/tables/load_config_size.def>
#undef X
#define X(id, bytes, text, hash) tell_oid(bytes, sizeof bytes - 1, text);
    PEL_OIDS(X)
#undef X
    tell_codes("arm64_code", pel_arm64_code);
    tell_codes("arm_code", pel_arm_code);
    tell_codes("wod", pel_x64_wod);
    return 0;
}
