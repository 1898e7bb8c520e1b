/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem */
#include "base/search.h"

#include <string.h>

bool pel_span_find(pel_span bytes, uint64_t from, pel_span what, uint64_t *at)
{
    pel_span rest = pel_span_clip(bytes, from, UINT64_MAX);
    const uint8_t *found =
        rest.size > 0 ? memmem(rest.data, rest.size, what.data, what.size) : NULL;
    *at = found ? (uint64_t)(found - bytes.data) : 0;
    return found != NULL;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

pel_pattern pel_pattern_of(const char *text)
{
    pel_pattern p = { .size = 0 };
    size_t digits = 0;
    for (; *text && digits < 2 * sizeof p.bits; text++) {
        int value = digit(*text);
        if (value < 0 && *text != '?')
            continue;
        unsigned shift = digits % 2 ? 0 : 4;
        p.bits[digits / 2] |= (uint8_t)((value < 0 ? 0u : (unsigned)value) << shift);
        p.mask[digits / 2] |= (uint8_t)((value < 0 ? 0u : 15u) << shift);
        digits++;
    }
    p.size = digits / 2;
    return p;
}

bool pel_pattern_at(const pel_pattern *p, pel_span bytes, uint64_t at)
{
    pel_span here;
    if (!pel_span_slice(bytes, at, p->size, &here))
        return false;
    for (size_t i = 0; i < p->size; i++)
        if ((here.data[i] & p->mask[i]) != p->bits[i])
            return false;
    return true;
}

bool pel_pattern_first(const pel_pattern *p, pel_span bytes, uint64_t *at)
{
    for (*at = 0; pel_span_has(bytes, *at, p->size); ++*at)
        if (pel_pattern_at(p, bytes, *at))
            return true;
    return false;
}

bool pel_pattern_last(const pel_pattern *p, pel_span bytes, uint64_t *at)
{
    if (bytes.size < p->size)
        return false;
    for (*at = bytes.size - p->size;; --*at) {
        if (pel_pattern_at(p, bytes, *at))
            return true;
        if (*at == 0)
            return false;
    }
}
