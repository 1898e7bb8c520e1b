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

/* ---- names of the machine's parts -------------------------------------- */

static const struct {
    const char *name, *text;
} policies[] = {
#define X(id, name, text) { name, text },
#include <pelorus/tables/policy.def>
#undef X
}, events[] = {
#define X(id, name, text) { name, text },
#include <pelorus/tables/event.def>
#undef X
};

static const char *const pagings[] = { "x64", "la57", "pae", "x86" };
static const char *const lists[] = {
    "zeroed", "free", "standby", "modified", "modified-no-write", "bad", "active", "transition"
};
static const char *const places[] = { "not committed", "demand zero", "working set",
                                      "frame",         "page file",   "file" };

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

const char *pel_policy_name(pel_policy policy)
{
    return (size_t)policy < COUNT_OF(policies) ? policies[policy].name : "?";
}

const char *pel_policy_text(pel_policy policy)
{
    return (size_t)policy < COUNT_OF(policies) ? policies[policy].text : "?";
}

pel_status pel_policy_from_name(const char *name, pel_policy *out)
{
    if (!name || !out)
        return PEL_BAD_ARG;
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        if (strcmp(policies[i].name, name) == 0) {
            *out = (pel_policy)i;
            return PEL_OK;
        }
    }
    return PEL_NOT_FOUND;
}

const char *pel_event_name(pel_event_kind kind)
{
    return (size_t)kind < COUNT_OF(events) ? events[kind].name : "?";
}

const char *pel_event_text(pel_event_kind kind)
{
    return (size_t)kind < COUNT_OF(events) ? events[kind].text : "?";
}

const char *pel_paging_name(pel_paging paging)
{
    return (size_t)paging < COUNT_OF(pagings) ? pagings[paging] : "?";
}

pel_status pel_paging_from_name(const char *name, pel_paging *out)
{
    if (!name || !out)
        return PEL_BAD_ARG;
    for (size_t i = 0; i < COUNT_OF(pagings); i++) {
        if (strcmp(pagings[i], name) == 0) {
            *out = (pel_paging)i;
            return PEL_OK;
        }
    }
    return PEL_NOT_FOUND;
}

const char *pel_frame_list_name(pel_frame_list list)
{
    return (size_t)list < COUNT_OF(lists) ? lists[list] : "?";
}

const char *pel_page_place_name(pel_page_place place)
{
    return (size_t)place < COUNT_OF(places) ? places[place] : "?";
}
