/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/protection.h"

#define MODIFIERS (PEL_PAGE_GUARD | PEL_PAGE_NOCACHE | PEL_PAGE_WRITECOMBINE)

/* The three-bit code's PAGE_* value; code 0 is in each special form something else. */
static const uint32_t by_code[8] = {
    [PEL_MM_READONLY] = PEL_PAGE_READONLY,
    [PEL_MM_EXECUTE] = PEL_PAGE_EXECUTE,
    [PEL_MM_EXECUTE_READ] = PEL_PAGE_EXECUTE_READ,
    [PEL_MM_READWRITE] = PEL_PAGE_READWRITE,
    [PEL_MM_WRITECOPY] = PEL_PAGE_WRITECOPY,
    [PEL_MM_EXECUTE_READWRITE] = PEL_PAGE_EXECUTE_READWRITE,
    [PEL_MM_EXECUTE_WRITECOPY] = PEL_PAGE_EXECUTE_WRITECOPY,
};

bool pel_mm_from_protect(uint32_t protect, uint8_t *out)
{
    uint32_t base = protect & ~(uint32_t)MODIFIERS;
    uint32_t modifier = protect & MODIFIERS;
    *out = PEL_MM_NOACCESS;
    if (base == PEL_PAGE_NOACCESS)
        return modifier == 0;
    uint8_t code = 1;
    while (code < 8 && by_code[code] != base)
        code++;
    if (code == 8)
        return false;
    switch (modifier) {
    case 0: *out = code; return true;
    case PEL_PAGE_GUARD: *out = code | PEL_MM_GUARD; return true;
    case PEL_PAGE_NOCACHE: *out = code | PEL_MM_NOCACHE; return true;
    case PEL_PAGE_WRITECOMBINE: *out = code | PEL_MM_WRITECOMBINE; return true;
    default: return false; /* two modifiers contradict each other */
    }
}

uint32_t pel_mm_to_protect(uint8_t mm)
{
    static const uint32_t special[4] = { 0, PEL_PAGE_NOCACHE, PEL_PAGE_GUARD,
                                         PEL_PAGE_WRITECOMBINE };
    if (mm == PEL_MM_NONE || mm == PEL_MM_DECOMMIT)
        return 0;
    if ((mm & PEL_MM_CODE) == 0)
        return PEL_PAGE_NOACCESS;
    return by_code[mm & PEL_MM_CODE] | special[(mm & PEL_MM_SPECIAL) >> 3];
}

bool pel_mm_within(uint8_t wanted, uint8_t most)
{
    enum { READ = 1, WRITE = 2, EXECUTE = 4 };
    static const uint8_t rights[8] = {
        [PEL_MM_READONLY] = READ,
        [PEL_MM_EXECUTE] = EXECUTE,
        [PEL_MM_EXECUTE_READ] = READ | EXECUTE,
        [PEL_MM_READWRITE] = READ | WRITE,
        [PEL_MM_WRITECOPY] = READ,
        [PEL_MM_EXECUTE_READWRITE] = READ | WRITE | EXECUTE,
        [PEL_MM_EXECUTE_WRITECOPY] = READ | EXECUTE,
    };
    return (rights[wanted & PEL_MM_CODE] & ~rights[most & PEL_MM_CODE]) == 0;
}
