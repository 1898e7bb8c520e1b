/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPORT_FIXTURE_H
#define EXPORT_FIXTURE_H

/* Processes to export, what came out, and sinks that count and fail. */

#include <pelorus/export.h>

#include "../load/fixture.h"
#include "collect.h"

/* A process of the sample on a machine of its own; `run_done` sees that nothing is left. It stays
 * where it is made: the description points into itself. */
typedef struct run {
    sample s;
    pel_machine *m;
    pel_process *p;
    pel_export_process described;
} run;

static inline void run_of(run *r, sample s, const pel_machine_options *options,
                          const pel_load_options *load)
{
    r->s = s;
    sample_parse(&r->s);
    ck_ok(pel_machine_new(options, &r->m));
    ck_assert(pel_nt_success(pel_process_new(r->m, r->s.img, load, &r->p, NULL)));
    ck_ok(pel_export_describe(r->p, load, "sample.exe", &r->described));
}

static inline void run_new(run *r, pel_build_kind kind) { run_of(r, sample_of(kind), NULL, NULL); }

static inline void run_done(run *r)
{
    pel_export_release(&r->described);
    process_done(r->p, r->m);
    sample_free(&r->s);
}

/* Pages that a program may touch: [0] read, [1] also written by its own byte. */
static inline void count_pages(pel_space *space, uint64_t count[2])
{
    pel_region r;
    count[0] = count[1] = 0;
    for (uint64_t at = 0; pel_nt_success(pel_space_query(space, va_of(at), &r));
         at = r.base.v + r.size) {
        if (r.state != PEL_MEM_COMMIT || r.protect & (GUARD | NOACCESS))
            continue;
        count[0] += r.size / 0x1000;
        count[1] += r.type == PEL_MEM_PRIVATE && r.protect == RW ? r.size / 0x1000 : 0;
    }
}

/* ---- what came out ------------------------------------------------------- */

/* `width` bytes at `at`, little-endian. */
static inline uint64_t le(const collected *c, uint64_t at, unsigned width)
{
    uint64_t value = 0;
    ck_assert_uint_le(at + width, c->size);
    for (unsigned i = width; i-- > 0;)
        value = value << 8 | (uint8_t)c->text[at + i];
    return value;
}

/* A field of a structure. */
typedef struct field {
    uint32_t at;
    unsigned width;
    uint64_t value;
} field;

static inline void ck_fields(const collected *c, uint64_t from, const field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = le(c, from + fields[i].at, fields[i].width);
        ck_assert_msg(value == fields[i].value, "offset 0x%x: want 0x%" PRIx64 ", got 0x%" PRIx64,
                      (unsigned)fields[i].at, fields[i].value, value);
    }
}

static inline void ck_bytes(const collected *c, uint64_t at, const uint8_t *want, size_t size)
{
    ck_assert_uint_le(at + size, c->size);
    for (size_t i = 0; i < size; i++)
        ck_assert_msg((uint8_t)c->text[at + i] == want[i],
                      "byte 0x%" PRIx64 ": want 0x%02x, got 0x%02x", at + i, want[i],
                      (uint8_t)c->text[at + i]);
}

/* ---- sinks that fail ------------------------------------------------------ */

/* Takes `left` writes, and refuses the next with `answer`. */
typedef struct counted {
    uint64_t left;
    pel_status answer;
    uint64_t writes, bytes;
    bool refused; /* what comes after that is a mistake */
} counted;

static inline pel_status counted_write(void *ctx, const void *data, size_t size)
{
    counted *c = ctx;
    ck_quick(data && !c->refused);
    c->refused = c->left-- == 0;
    if (c->refused)
        return c->answer;
    c->writes++;
    c->bytes += size;
    return PEL_OK;
}

static inline pel_sink count_into(counted *c)
{
    return (pel_sink){ .write = counted_write, .ctx = c };
}

/* Takes all. */
static inline counted counted_all(void) { return (counted){ .left = UINT64_MAX }; }

#endif
