/* SPDX-License-Identifier: Apache-2.0 */
/* Dialogs, menus and accelerators, on literal bytes typed from the specification. */
#include <pelorus/resources.h>
#include <string.h>

#include "check_pel.h"

#define SPAN(bytes) ((pel_span){ bytes, sizeof(bytes) })

/* clang-format off */

static const uint8_t dialog[] = {
    0x40, 0, 0, 0x80, 2, 0, 0, 0,                     /* style with a font, extended style */
    1, 0, 1, 0, 0xfe, 0xff, 3, 0, 4, 0,               /* one item; place */
    0xff, 0xff, 7, 0, 'C', 0, 0, 0, 'T', 0, 0, 0,     /* menu 7, class "C", title "T" */
    8, 0, 'F', 0, 0, 0,                               /* font */
    5, 0, 0, 0, 6, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0,
    9, 0, 0xff, 0xff, 0x81, 0, 'x', 0, 0, 0, 2, 0, 0xaa, 0xbb,
};
static const uint8_t extended[] = {
    1, 0, 0xff, 0xff, 5, 0, 0, 0, 6, 0, 0, 0, 0x40, 0, 0, 0x80,
    2, 0, 1, 0, 2, 0, 3, 0, 4, 0,
    0, 0, 0, 0, 'T', 0, 0, 0,                         /* no menu, no class */
    9, 0, 0x90, 1, 1, 2, 'F', 0, 0, 0,
    /* 2c */ 7, 0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0, 1, 0, 2, 0, 3, 0, 0xfc, 0xff,
    0xff, 0xff, 0xff, 0xff, 'W', 0, 0, 0, 0xff, 0xff, 3, 0, 1, 0, 0xaa, 0,
    /* 50 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    10, 0, 0, 0, 0xff, 0xff, 0x85, 0, 0, 0, 0, 0,
};

/* clang-format on */

START_TEST(dialogs_are_read)
{
    pel_dialog d;
    pel_dialog_item item;
    pel_dialog_iter it = pel_dialog_read(SPAN(dialog), &d);
    ck_assert(!d.extended && d.has_font && d.item_count == 1 && d.point_size == 8);
    ck_hex(d.style, 0x80000040);
    ck_hex(d.ex_style, 2);
    ck_assert(d.x == 1 && d.y == -2 && d.cx == 3 && d.cy == 4);
    ck_assert(!d.menu.is_text && d.menu.id == 7);
    ck_assert(d.window_class.is_text && d.window_class.text.size == 2 && d.title.size == 2);
    ck_assert_mem_eq(d.typeface.data, "F\0", 2);
    ck_assert(pel_dialog_next(&it, &item));
    ck_assert(item.offset == 36 && item.style == 5 && item.ex_style == 6 && item.id == 9);
    ck_assert(item.x == 1 && item.y == 2 && item.cx == 3 && item.cy == 4);
    ck_assert_str_eq(pel_dialog_class_name(item.window_class.id), "Edit");
    ck_assert(item.title.is_text && item.title.text.size == 2);
    ck_assert_mem_eq(item.extra.data, "\xaa\xbb", 2);
    ck_assert(!pel_dialog_next(&it, &item));
    ck_ok(it.status);
}
END_TEST

START_TEST(extended_dialogs_are_read)
{
    pel_dialog d;
    pel_dialog_item item;
    pel_dialog_iter it = pel_dialog_read(SPAN(extended), &d);
    ck_assert(d.extended && d.help_id == 5 && d.ex_style == 6 && d.item_count == 2);
    ck_assert(d.menu.is_text && d.menu.text.size == 0 && d.window_class.text.size == 0);
    ck_assert(d.point_size == 9 && d.weight == 400 && d.italic == 1 && d.charset == 2);
    ck_assert(pel_dialog_next(&it, &item));
    ck_assert(item.offset == 0x2c && item.help_id == 7 && item.ex_style == 8 && item.style == 9);
    ck_assert(item.cy == -4 && item.id == 0xffffffff && item.window_class.is_text);
    ck_assert(!item.title.is_text && item.title.id == 3 && item.extra.size == 1);
    ck_assert(pel_dialog_next(&it, &item)); /* behind the padding of the first */
    ck_assert(item.offset == 0x50 && item.id == 10);
    ck_assert_str_eq(pel_dialog_class_name(item.window_class.id), "ComboBox");
    ck_assert_ptr_null(pel_dialog_class_name(0x86));
    ck_assert_ptr_null(pel_dialog_class_name(0x7f));
    ck_assert(!pel_dialog_next(&it, &item));
    ck_ok(it.status);
}
END_TEST

/* Wherever a dialog is cut, it says so, and no item is made up. */
START_TEST(cut_dialogs_are_told)
{
    pel_dialog d;
    for (size_t size = 0; size < sizeof extended; size++) {
        unsigned items = 0;
        pel_dialog_iter it = pel_dialog_read((pel_span){ extended, size }, &d);
        for (pel_dialog_item item; pel_dialog_next(&it, &item);)
            items++;
        ck_quick(it.status == PEL_TRUNCATED && items == (size >= 0x4f));
    }
}
END_TEST

/* ---- menus ------------------------------------------------------------- */

/* clang-format off */

static const uint8_t menu[] = {
    0, 0, 2, 0, 0xee, 0xee,              /* two bytes of header more */
    0x10, 0, 'F', 0, 0, 0,               /* F, with: */
    0x90, 0, 'S', 0, 0, 0,               /*   S, the last, with: */
    0x80, 0, 1, 0, 'a', 0, 0, 0,         /*     a, the last */
    0x90, 0, 'H', 0, 0, 0,               /* H, the last, with: */
    0, 0, 2, 0, 0, 0,                    /*   a separator */
    0x80, 0, 3, 0, 'b', 0, 0, 0,         /*   b, the last */
    1, 2, 3, 4,                          /* no item */
};
static const uint8_t extended_menu[] = {
    1, 0, 4, 0, 7, 0, 0, 0,
    1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x81, 0, 'F', 0, 0, 0, 0, 0, 9, 0, 0, 0,
    0, 8, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0x80, 0, 'x', 0, 0, 0,
};

/* clang-format on */

START_TEST(menus_are_walked)
{
    static const struct {
        uint32_t level, id;
        bool popup;
    } want[] = { { 0, 0, true }, { 1, 0, true },  { 2, 1, false },
                 { 0, 0, true }, { 1, 2, false }, { 1, 3, false } };
    pel_menu_item item;
    pel_menu_iter it = pel_menu_items(SPAN(menu));
    for (unsigned i = 0; i < sizeof want / sizeof want[0]; i++) {
        ck_assert(pel_menu_next(&it, &item));
        ck_assert(item.level == want[i].level && item.id == want[i].id);
        ck_assert(item.is_popup == want[i].popup);
    }
    ck_assert(item.text.size == 2 && item.is_last && item.flags == 0x80);
    ck_assert(!pel_menu_next(&it, &item));
    ck_ok(it.status);
}
END_TEST

START_TEST(extended_menus_are_walked)
{
    pel_menu_item item;
    pel_menu_iter it = pel_menu_items(SPAN(extended_menu));
    ck_assert(it.extended && it.help_id == 7);
    ck_assert(pel_menu_next(&it, &item));
    ck_assert(item.level == 0 && item.flags == 1 && item.state == 2 && item.id == 3);
    ck_assert(item.is_popup && item.is_last && item.help_id == 9 && item.text.size == 2);
    ck_assert(pel_menu_next(&it, &item));
    ck_assert(item.level == 1 && item.flags == 0x800 && item.id == 4 && item.text.size == 0);
    ck_assert(pel_menu_next(&it, &item));
    ck_assert(item.level == 1 && item.state == 1 && item.id == 5 && item.is_last);
    ck_assert(!pel_menu_next(&it, &item));
    ck_ok(it.status);
}
END_TEST

START_TEST(odd_menus_are_told)
{
    static const uint8_t other[] = { 2, 0, 0, 0 };
    uint8_t deep[4 + 4 * 80] = { 0 };
    pel_menu_item item;
    pel_menu_iter it = pel_menu_items(SPAN(other));
    ck_assert(!pel_menu_next(&it, &item));
    ck_status(PEL_MALFORMED, it.status);
    for (size_t i = 0; i < 80; i++)
        deep[4 + 4 * i] = 0x90;
    unsigned n = 0;
    for (it = pel_menu_items(SPAN(deep)); pel_menu_next(&it, &item);)
        n++;
    ck_status(PEL_LIMIT, it.status);
    ck_assert_uint_eq(n, PEL_MENU_DEPTH);
    for (it = pel_menu_items((pel_span){ menu, 40 }); pel_menu_next(&it, &item);)
        ;
    ck_status(PEL_TRUNCATED, it.status);
}
END_TEST

START_TEST(accelerators_are_walked)
{
    static const uint8_t keys[] = { 9, 0, 'O', 0, 1, 0, 0, 0, 0x90, 0, 'p', 0,
                                    2, 0, 3,   0, 9, 9, 9, 9, 9,    9, 9,   9 };
    pel_accelerator a;
    pel_accelerator_iter it = pel_accelerators(SPAN(keys));
    ck_assert(pel_accelerator_next(&it, &a) && a.flags == 9 && a.key == 'O' && a.id == 1);
    ck_assert(pel_accelerator_next(&it, &a) && a.flags == 0x90 && a.id == 2 && a.padding == 3);
    ck_assert(!pel_accelerator_next(&it, &a));
    ck_ok(it.status);
    it = pel_accelerators((pel_span){ keys, 12 });
    ck_assert(pel_accelerator_next(&it, &a) && !pel_accelerator_next(&it, &a));
    ck_status(PEL_TRUNCATED, it.status);
}
END_TEST

PEL_TESTS(pe_resource_windows)
{
    tcase_add_test(tests, dialogs_are_read);
    tcase_add_test(tests, extended_dialogs_are_read);
    tcase_add_test(tests, cut_dialogs_are_told);
    tcase_add_test(tests, menus_are_walked);
    tcase_add_test(tests, extended_menus_are_walked);
    tcase_add_test(tests, odd_menus_are_told);
    tcase_add_test(tests, accelerators_are_walked);
}
