/* SPDX-License-Identifier: Apache-2.0 */
#include "vm_program.h"

bool more(world *w)
{
    while (w->at < w->end && (*w->at == ' ' || *w->at == '\n'))
        w->at++;
    return w->at < w->end;
}

uint8_t next(world *w) { return more(w) ? (uint8_t)(*w->at++ - '0') : 0; }
unsigned number(world *w, size_t below) { return next(w) % (unsigned)below; }

pel_va address(world *w)
{
    static const uint64_t odd[] = { 0,          1,          0xFFFF,         0x10000,    0x7FFEFFFF,
                                    0x7FFF0000, 0xC0000000, 0xFFFFF000,     UINT32_MAX, 1ull << 32,
                                    1ull << 39, 1ull << 47, 0x7FFFFFFEF000, 1ull << 48, 1ull << 57,
                                    INT64_MAX,  UINT64_MAX, 0x7FFFFFFF0000 };
    static const uint64_t offsets[] = { 0, 1, 0x123, 0x800, 0xFF8, 0xFFF };
    unsigned where = number(w, 10), page = number(w, 32);
    uint64_t offset = PICK(w, offsets);
    if (where == 9)
        return (pel_va){ odd[page % (sizeof odd / sizeof odd[0])] };
    return (pel_va){ (where == 8 ? WINDOW : w->base[where]) + page * PAGE + offset };
}

uint64_t length(world *w)
{
    static const uint64_t odd[] = { 0,       1,          0x1001,     0x10000,
                                    0x64000, 1ull << 30, 1ull << 46, UINT64_MAX };
    unsigned pages = number(w, 32);
    return pages < 24 ? pages * PAGE : odd[pages - 24];
}

uint32_t protection(world *w)
{
    static const uint32_t modifiers[] = { 0, PEL_PAGE_GUARD, PEL_PAGE_NOCACHE,
                                          PEL_PAGE_WRITECOMBINE };
    unsigned n = number(w, 80);
    if (n >= 36)
        return PEL_PAGE_READWRITE;
    return n < 32 ? 1u << n % 8 | modifiers[n / 8] : (n - 32) * 3;
}
