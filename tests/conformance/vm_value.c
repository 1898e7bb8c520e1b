/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions of the cases: numbers, names, and constants of the Windows headers. */
#include "vm_case.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const vm_name constants[] = {
#define X(name, value) { #name, value },
#include <pelorus/tables/memory.def>
#undef X
    { "null", 0 },
    { "MEM_RESERVE_PLACEHOLDER", 0x40000 },
    { "MEM_REPLACE_PLACEHOLDER", 0x4000 },
    { "PAGE_TARGETS_INVALID", 0x40000000 },
    { "SEC_64K_PAGES", 0x00080000 },
    { "SEC_IMAGE_NO_EXECUTE", 0x11000000 },
    { "FILE_MAP_COPY", 0x01 },
    { "FILE_MAP_WRITE", 0x02 },
    { "FILE_MAP_READ", 0x04 },
    { "SECTION_MAP_EXECUTE", 0x08 },
    { "FILE_MAP_EXECUTE", 0x20 },
    { "FILE_MAP_ALL_ACCESS", 0xF001F },
    { "WRITE_WATCH_FLAG_RESET", 0x1 },
    { "STACK_SIZE_PARAM_IS_A_RESERVATION", 0x10000 },
    { "ERROR_SUCCESS", 0 },
    { "ERROR_FILE_NOT_FOUND", 2 },
    { "ERROR_ACCESS_DENIED", 5 },
    { "ERROR_INVALID_HANDLE", 6 },
    { "ERROR_NOT_ENOUGH_MEMORY", 8 },
    { "ERROR_INVALID_PARAMETER", 87 },
    { "ERROR_NOT_LOCKED", 158 },
    { "ERROR_BAD_EXE_FORMAT", 193 },
    { "ERROR_INVALID_ADDRESS", 487 },
    { "ERROR_NOACCESS", 998 },
    { "ERROR_SWAPERROR", 999 },
    { "ERROR_STACK_OVERFLOW", 1001 },
    { "ERROR_FILE_INVALID", 1006 },
    { "ERROR_MAPPED_ALIGNMENT", 1132 },
    { "ERROR_PRIVILEGE_NOT_HELD", 1314 },
    { "ERROR_WORKING_SET_QUOTA", 1453 },
    { "ERROR_COMMITMENT_LIMIT", 1455 },
};

static bool is_named(const vm_name *n, const char *text, size_t length)
{
    return strlen(n->name) == length && memcmp(n->name, text, length) == 0;
}

static bool word_value(const vm_run *run, const char *text, size_t length, uint64_t *out)
{
    char name[64];
    pel_ntstatus status;
    for (size_t i = run->name_count; i-- > 0;)
        if (is_named(&run->names[i], text, length))
            return *out = run->names[i].value, true;
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
        if (is_named(&constants[i], text, length))
            return *out = constants[i].value, true;
    if (length >= sizeof name || strncmp(text, "STATUS_", 7) != 0)
        return false;
    memcpy(name, text, length);
    name[length] = '\0';
    if (pel_ntstatus_from_name(name, &status) != PEL_OK)
        return false;
    *out = status;
    return true;
}

static bool term(const vm_run *run, const char *text, size_t length, uint64_t *out)
{
    char *end;
    if (length > 0 && *text >= '0' && *text <= '9') {
        *out = strtoull(text, &end, 0);
        return end == text + length;
    }
    return word_value(run, text, length, out);
}

bool vm_evaluate(const vm_run *run, const char *text, uint64_t *out)
{
    uint64_t sum = 0, flags = 0;
    for (char sign = '+';; text++) {
        uint64_t value;
        size_t length = strcspn(text, "+-|");
        if (!term(run, text, length, &value))
            return false;
        sum = sign == '-' ? sum - value : sum + value;
        text += length;
        if (*text == '|' || *text == '\0') {
            flags |= sum;
            sum = 0;
        }
        if (*text == '\0')
            break;
        sign = *text;
    }
    *out = flags;
    return true;
}

/* ---- the other way ----------------------------------------------------- */

static bool is_one_of(const char *key, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, key) == 0)
            return true;
    return false;
}

void vm_format(const char *key, uint64_t value, char *out, size_t size)
{
    static const char *const statuses[] = { "st", "code", "end_code", NULL };
    static const char *const protections[] = { "prot", "alloc_prot", "old", "guard_prot", NULL };
    static const char *const states[] = { "state", "bottom_state", NULL };
    const char *name = NULL;
    if (is_one_of(key, statuses))
        name = pel_ntstatus_name((pel_ntstatus)value);
    else if (is_one_of(key, states))
        name = pel_state_name((uint32_t)value);
    else if (strcmp(key, "type") == 0)
        name = pel_type_name((uint32_t)value);
    if (is_one_of(key, protections) && value != 0)
        pel_protect_format((uint32_t)value, out, size);
    else if (name)
        snprintf(out, size, "%s", name);
    else
        snprintf(out, size, strcmp(key, "err") == 0 ? "error %" PRIu64 : "0x%" PRIx64, value);
}
