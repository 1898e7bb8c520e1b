/* SPDX-License-Identifier: Apache-2.0 */
#include <pelorus/format.h>
#include <string.h>

#include "check_pel.h"

/* ---- every schema ------------------------------------------------------ */

static const pel_schema *schema_at(int index)
{
    size_t count;
    const pel_schema *const *schemas = pel_schemas(&count);
    ck_assert_uint_lt((size_t)index, count);
    return schemas[index];
}

START_TEST(every_field_is_described)
{
    const pel_schema *schema = schema_at(_i);
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        bool has_names = f->show == PEL_SHOW_ENUM || f->show == PEL_SHOW_FLAGS;
        ck_assert_uint_gt(strlen(f->name), 0);
        ck_assert_uint_gt(strlen(f->doc), 0);
        ck_assert_uint_ge(f->count, 1);
        ck_assert_msg(has_names == (f->names != NULL), "%s.%s", schema->name, f->name);
        const pel_field *same = pel_schema_field(schema, f->name);
        ck_assert(same == f || /* never two in one format */
                  (same->kind == PEL_KIND_ONLY32 && f->kind == PEL_KIND_ONLY64));
        ck_assert_ptr_eq(f->member[0] ? pel_schema_field(schema, f->member) : f, f);
        ck_assert_int_eq(f->member[0] == '\0', f->kind == PEL_KIND_REST);
    }
    ck_assert_ptr_null(pel_schema_field(schema, "NoSuchField"));
    ck_assert_ptr_null(pel_schema_field(schema, ""));
}
END_TEST

START_TEST(members_lie_in_the_struct_in_order)
{
    const pel_schema *schema = schema_at(_i);
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        ck_assert_uint_lt(f->offset, schema->struct_size);
        ck_assert(i == 0 || f->kind == PEL_KIND_REST || f[-1].offset < f->offset);
    }
}
END_TEST

/* Parts of a word follow each other, and leave no bit of it out. */
START_TEST(parts_fill_their_words)
{
    const pel_schema *schema = schema_at(_i);
    unsigned next = 0, width = 0;
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        ck_assert_msg(f->bit ? f->bit == next : next == width, "%s.%s", schema->name, f->name);
        width = f->bits ? 8 * pel_field_wire(f, true) : 0;
        next = f->bits ? (unsigned)f->bit + f->bits : 0;
    }
    ck_assert_uint_eq(next, width);
}
END_TEST

START_TEST(no_two_schemas_share_a_name)
{
    const pel_schema *schema = schema_at(_i);
    for (int k = 0; k < _i; k++)
        ck_assert_str_ne(schema->name, schema_at(k)->name);
    ck_assert_uint_gt(strlen(schema->key), 0);
}
END_TEST

PEL_TESTS(schema_tables)
{
    size_t count;
    pel_schemas(&count);
    tcase_add_loop_test(tests, every_field_is_described, 0, (int)count);
    tcase_add_loop_test(tests, members_lie_in_the_struct_in_order, 0, (int)count);
    tcase_add_loop_test(tests, parts_fill_their_words, 0, (int)count);
    tcase_add_loop_test(tests, no_two_schemas_share_a_name, 0, (int)count);
}
