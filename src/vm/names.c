/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <pelorus/space.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    uint32_t value;
} constants[] = {
#define X(name, value) { #name, value },
#include <pelorus/tables/memory.def>
#undef X
};

#define CONSTANT_COUNT (sizeof constants / sizeof constants[0])

/* Append `text` to what is `used` bytes long already, as far as there is room. */
static size_t append(char *out, size_t size, size_t used, const char *text)
{
    const char *bar = used > 0 ? "|" : "";
    char *at = used < size ? out + used : NULL;
    int n = snprintf(at, at ? size - used : 0, "%s%s", bar, text);
    return used + (n > 0 ? (size_t)n : 0);
}

size_t pel_protect_format(uint32_t protect, char *out, size_t size)
{
    size_t used = 0;
    if (size > 0)
        out[0] = '\0';
    for (size_t i = 0; i < CONSTANT_COUNT; i++) {
        bool is_page = strncmp(constants[i].name, "PAGE_", 5) == 0;
        if (is_page && (protect & constants[i].value)) {
            used = append(out, size, used, constants[i].name);
            protect &= ~constants[i].value;
        }
    }
    if (protect != 0 || used == 0) {
        char rest[16];
        snprintf(rest, sizeof rest, protect ? "0x%" PRIx32 : "%" PRIu32, protect);
        used = append(out, size, used, rest);
    }
    return used;
}

const char *pel_state_name(uint32_t state)
{
    switch (state) {
    case PEL_MEM_FREE: return "MEM_FREE";
    case PEL_MEM_RESERVE: return "MEM_RESERVE";
    case PEL_MEM_COMMIT: return "MEM_COMMIT";
    default: return "?";
    }
}

const char *pel_type_name(uint32_t type)
{
    switch (type) {
    case 0: return "0";
    case PEL_MEM_PRIVATE: return "MEM_PRIVATE";
    case PEL_MEM_MAPPED: return "MEM_MAPPED";
    case PEL_MEM_IMAGE: return "MEM_IMAGE";
    default: return "?";
    }
}
