/* SPDX-License-Identifier: Apache-2.0 */
/* Scalars as characters. No printf of floating point and no gmtime: both ask the locale or the
 * system for things that must not show in the output. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/phrase.h"
#include "dump/emitter_priv.h"

size_t pel_number_text(uint64_t value, pel_radix radix, unsigned digits, char out[PEL_SCALAR_TEXT])
{
    bool hex = radix == PEL_RADIX_HEX;
    unsigned least = hex && digits > 1 ? digits < 16 ? digits : 16 : 1;
    size_t used = 0;
    if (radix == PEL_RADIX_SIGNED && value >> 63) {
        out[used++] = '-';
        value = 0 - value;
    }
    if (hex) {
        out[used++] = '0';
        out[used++] = 'x';
    }
    used += pel_digits(value, hex ? 16 : 10, least, out + used);
    out[used] = '\0';
    return used;
}

bool pel_real_text(double value, unsigned decimals, char out[PEL_SCALAR_TEXT])
{
    static const uint64_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };
    double size = value < 0 ? -value : value;
    if (!(size < 1e12)) /* in this form it is false for NaN, too */
        return false;
    uint64_t whole = (uint64_t)size;
    uint64_t part = (uint64_t)((size - (double)whole) * (double)powers[decimals] + 0.5);
    if (part == powers[decimals]) {
        part = 0;
        whole++;
    }
    const char *sign = value < 0 && (whole || part) ? "-" : "";
    int len = snprintf(out, PEL_SCALAR_TEXT, "%s%" PRIu64 ".%0*" PRIu64, sign, whole, (int)decimals,
                       part);
    while (out[len - 1] == '0' && out[len - 2] != '.')
        out[--len] = '\0';
    return true;
}

/* The Gregorian calendar, in years that begin in March, so that the leap day is the last of its
 * year: then day d of such a year lies in month (5 d + 2) / 153. 400 years have 146,097 days. */
static void date_of(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    uint64_t since = days + 719468; /* days from 0000-03-01 to 1970-01-01 */
    uint64_t era = since / 146097, of_era = since % 146097;
    uint64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t from_march = (5 * of_year + 2) / 153;
    *day = (unsigned)(of_year - (153 * from_march + 2) / 5 + 1);
    *month = (unsigned)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (unsigned)(era * 400 + year_of_era + (*month <= 2));
}

#define DAY          86400u
#define AFTER_9999   253402300800u
#define NO_TIME_ONES 0xffffffffu

bool pel_time_text(uint64_t seconds, char out[PEL_SCALAR_TEXT])
{
    if (seconds == 0 || seconds == NO_TIME_ONES || seconds >= AFTER_9999)
        return false;
    unsigned year, month, day;
    date_of(seconds / DAY, &year, &month, &day);
    unsigned of_day = (unsigned)(seconds % DAY);
    snprintf(out, PEL_SCALAR_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ", year, month, day,
             of_day / 3600, of_day / 60 % 60, of_day % 60);
    return true;
}

/* A name applies when all bits of its mask are as it says. Zero is no flag. */
static bool applies(const pel_name *name, uint64_t value)
{
    return name->value != 0 && (value & name->mask) == name->value;
}

const char *pel_flags_next(const pel_names *names, uint64_t value, size_t *i)
{
    while (*i < names->count) {
        const pel_name *name = &names->items[(*i)++];
        if (applies(name, value))
            return name->name;
    }
    return NULL;
}

uint64_t pel_flags_unknown(const pel_names *names, uint64_t value)
{
    uint64_t unknown = value;
    for (size_t i = 0; i < names->count; i++)
        if (applies(&names->items[i], value))
            unknown &= ~(uint64_t)names->items[i].mask;
    return unknown;
}
