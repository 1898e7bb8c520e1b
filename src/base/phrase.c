/* SPDX-License-Identifier: Apache-2.0 */
#include "base/phrase.h"

static unsigned decimal_count(uint64_t value)
{
    unsigned count = 1;
    for (; value >= 10000; value /= 10000)
        count += 4;
    return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

static unsigned hex_count(uint64_t value)
{
    unsigned count = 1;
    for (; value >= 0x10000; value >>= 16)
        count += 4;
    return count + (value >= 0x10) + (value >= 0x100) + (value >= 0x1000);
}

size_t pel_digits(uint64_t value, unsigned base, unsigned least, char out[PEL_DIGITS])
{
    static const char hex[] = "0123456789abcdef";
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    unsigned count = base == 16 ? hex_count(value) : decimal_count(value);
    count = count < least ? least < PEL_DIGITS ? least : PEL_DIGITS : count;
    char *at = out + count;
    if (base == 16) {
        for (; at > out; value >>= 4)
            *--at = hex[value & 15];
        return count;
    }
    for (; at - out >= 2; value /= 100)
        memcpy(at -= 2, &pairs[value % 100 * 2], 2);
    if (at > out)
        *--at = (char)('0' + value % 10);
    return count;
}

void pel_say_hex(pel_phrase *p, uint64_t value, unsigned least)
{
    char text[2 + PEL_DIGITS] = "0x";
    pel_say_str(p, (pel_str){ text, 2 + pel_digits(value, 16, least, text + 2) });
}

void pel_say_dec(pel_phrase *p, uint64_t value)
{
    char text[PEL_DIGITS];
    pel_say_str(p, (pel_str){ text, pel_digits(value, 10, 1, text) });
}
