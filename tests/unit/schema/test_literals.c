/* SPDX-License-Identifier: Apache-2.0 */
/* literals.txt: bytes of every structure of the tables, and what each field of it is. The file was
 * written from the specifications, so that tables and readers cannot be wrong in the same way. */
#include <pelorus/format.h>
#include <stdio.h>
#include <string.h>

#include "check_pel.h"
#include "schema/decode.h"

/* Room for the longest structure. */
#define MOST_BYTES 512

typedef struct literal {
    const pel_schema *schema;
    bool in32, in64;
    uint8_t bytes[MOST_BYTES];
    size_t size;
    size_t fields;          /* that had a line */
    size_t element;         /* of the field that waits for more */
    const pel_field *field; /* of the last line */
    uint64_t decoded[2][MOST_BYTES / 8];
} literal;

static char line[4096];
static unsigned line_number;

static const pel_schema *schema_of(const char *name)
{
    size_t count;
    const pel_schema *const *schemas = pel_schemas(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(schemas[i]->name, name) == 0)
            return schemas[i];
    ck_abort_msg("line %u: no structure %s", line_number, name);
}

static void begin(literal *l)
{
    char name[64], format[8] = "";
    *l = (literal){ 0 };
    ck_assert_int_ge(sscanf(line, "%63s %7s", name, format), 1);
    l->schema = schema_of(name);
    l->in32 = strcmp(format, "PE32+") != 0;
    l->in64 = strcmp(format, "PE32") != 0;
}

static bool has_bytes(void) { return strspn(line, "0123456789abcdef \n") == strlen(line); }

static void add_bytes(literal *l)
{
    unsigned byte;
    int used;
    for (const char *p = line; sscanf(p, " %2x%n", &byte, &used) == 1; p += used) {
        ck_assert_uint_lt(l->size, MOST_BYTES);
        l->bytes[l->size++] = (uint8_t)byte;
    }
}

static void decode(literal *l)
{
    uint8_t back[MOST_BYTES];
    for (int wide = 0; wide < 2; wide++) {
        if (!(wide ? l->in64 : l->in32))
            continue;
        pel_reader r = { .bytes = { l->bytes, l->size }, .wide = wide };
        ck_assert_msg(pel_schema_wire_size(l->schema, wide) == l->size, "%s has %zu bytes",
                      l->schema->name, pel_schema_wire_size(l->schema, wide));
        ck_ok(pel_schema_decode(l->schema, &r, l->decoded[wide]));
        pel_schema_encode(l->schema, l->decoded[wide], wide, back);
        ck_assert_mem_eq(back, l->bytes, l->size);
    }
}

/* The field of that name that the format has: some stand at two places. */
static const pel_field *field_of(const literal *l, const char *name)
{
    for (size_t i = 0; i < l->schema->field_count; i++) {
        const pel_field *f = &l->schema->fields[i];
        if (strcmp(f->name, name) == 0 && pel_field_wire(f, l->in64) > 0)
            return f;
    }
    ck_abort_msg("line %u: %s has no %s", line_number, l->schema->name, name);
}

/* The element, read at the place where the field is said to be. */
static uint64_t word_at(const literal *l, bool wide)
{
    unsigned width = pel_field_wire(l->field, wide);
    size_t at = pel_field_offset(l->schema, l->field, wide) + l->element * width;
    uint64_t word = pel_span_uint((pel_span){ l->bytes, l->size }, at, width);
    return l->field->bits ? word >> l->field->bit & (((uint64_t)1 << l->field->bits) - 1) : word;
}

static void check_value(literal *l, uint64_t want)
{
    ck_assert_uint_lt(l->element, l->field->count);
    for (int wide = 0; wide < 2; wide++) {
        uint64_t got = pel_field_get(l->field, l->decoded[wide], l->element);
        if (!(wide ? l->in64 : l->in32))
            continue;
        ck_hex(word_at(l, wide), want);
        ck_assert_msg(got == want, "line %u: %s.%s[%zu] is 0x%" PRIx64 ", not 0x%" PRIx64,
                      line_number, l->schema->name, l->field->name, l->element, got, want);
    }
    l->element++;
}

static void check_field(literal *l)
{
    char name[64];
    int used;
    unsigned long long value;
    ck_assert_int_eq(sscanf(line, " %63s%n", name, &used), 1);
    if (strcmp(name, "+") != 0) {
        l->field = field_of(l, name);
        l->element = 0;
        l->fields++;
    }
    for (const char *p = line + used; sscanf(p, " %llx%n", &value, &used) == 1; p += used)
        check_value(l, value);
}

static void add_line(literal *l)
{
    if (line[0] == '#' || line[0] == '\n')
        return;
    if (line[0] != ' ') {
        begin(l);
    } else if (has_bytes()) {
        add_bytes(l);
    } else {
        if (l->fields == 0)
            decode(l);
        check_field(l);
    }
}

/* All fields that the format has were told. */
static void check_end(const literal *l)
{
    size_t there = 0;
    if (!l->schema)
        return;
    for (size_t i = 0; i < l->schema->field_count; i++)
        there += pel_field_wire(&l->schema->fields[i], l->in64) > 0;
    ck_assert_msg(l->fields == there, "%s: %zu of %zu fields", l->schema->name, l->fields, there);
}

/* Give each structure of the file to `done`, when all of it was read. */
static void each_literal(void (*done)(const literal *l, void *user), void *user)
{
    static literal l;
    l = (literal){ 0 };
    line_number = 0;
    FILE *f = fopen(PEL_LITERALS, "r");
    ck_assert_ptr_nonnull(f);
    while (fgets(line, sizeof line, f)) {
        line_number++;
        if (line[0] != ' ' && line[0] != '#' && line[0] != '\n')
            done(&l, user);
        add_line(&l);
    }
    done(&l, user);
    fclose(f);
}

static void check_literal(const literal *l, void *user)
{
    (void)user;
    check_end(l);
}

START_TEST(bytes_mean_what_the_specification_says)
{
    each_literal(check_literal, NULL);
}
END_TEST

typedef struct wanted {
    const pel_schema *schema;
    bool in32, in64;
} wanted;

static void look_for(const literal *l, void *user)
{
    wanted *w = user;
    if (l->schema == w->schema) {
        w->in32 |= l->in32;
        w->in64 |= l->in64;
    }
}

/* Bytes in each format, in the order of pel_schemas; 0: that format has no such structure. */
static const size_t sizes[][2] = {
#define X(id, name, key, size32, size64) { size32, size64 },
#include <pelorus/tables/schemas.def>
#undef X
};

START_TEST(every_structure_has_bytes_in_each_format)
{
    size_t count;
    const pel_schema *const *schemas = pel_schemas(&count);
    ck_assert_uint_lt((size_t)_i, count);
    wanted w = { .schema = schemas[_i] };
    each_literal(look_for, &w);
    ck_assert_msg(w.in32 == (sizes[_i][0] > 0), "%s", w.schema->name);
    ck_assert_msg(w.in64 == (sizes[_i][1] > 0), "%s", w.schema->name);
}
END_TEST

PEL_TESTS(schema_literals)
{
    size_t count;
    pel_schemas(&count);
    tcase_add_test(tests, bytes_mean_what_the_specification_says);
    tcase_add_loop_test(tests, every_structure_has_bytes_in_each_format, 0, (int)count);
}
