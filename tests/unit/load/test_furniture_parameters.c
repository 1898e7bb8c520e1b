/* SPDX-License-Identifier: Apache-2.0 */
/* What a program is started with. */
#include "furniture_walk.h"

static const char *text_at(const rig *r, uint64_t narrow, uint64_t wide)
{
    return string(r, parameters_of(r) + by_bits(r, narrow, wide));
}

static void furnish(rig *r)
{
    ck_nt(SUCCESS, pel_furniture_make(r->s, &r->request, &r->furniture));
}

START_TEST(what_is_asked_for_is_told)
{
    rig r;
    rig_start(&r, _i);
    r.request.image_path = "D:\\x\\y.exe";
    r.request.command_line = "y.exe -a \xe2\x82\xac";
    r.request.current_directory = "E:\\work";
    furnish(&r);
    uint64_t p = parameters_of(&r);
    ck_hex(p, r.furniture.parameters.v);
    ck_assert_str_eq(text_at(&r, 0x38, 0x60), "D:\\x\\y.exe");
    ck_assert_str_eq(text_at(&r, 0x40, 0x70), "y.exe -a ?");
    ck_assert_str_eq(text_at(&r, 0x24, 0x38), "E:\\work\\");
    ck_assert_str_eq(text_at(&r, 0x70, 0xb0), "D:\\x\\y.exe"); /* title */
    ck_assert_str_eq(text_at(&r, 0x78, 0xc0), "Winsta0\\Default");
    ck_assert_str_eq(text_at(&r, 0x30, 0x50), "");
    ck_hex(get(&r, p + 0x08, 4), 1); /* normalised */
    ck_hex(get(&r, p, 4), get(&r, p + 4, 4));
    rig_done(&r);
}
END_TEST

START_TEST(what_is_not_asked_for_comes_from_the_program)
{
    rig r;
    rig_new(&r, _i);
    ck_assert_str_eq(text_at(&r, 0x38, 0x60), "C:\\Program Files\\t?st\\prog.exe");
    ck_assert_str_eq(text_at(&r, 0x40, 0x70), "\"C:\\Program Files\\t?st\\prog.exe\"");
    ck_assert_str_eq(text_at(&r, 0x24, 0x38), "C:\\");
    rig_done(&r);
}
END_TEST

/* Room for MAX_PATH, and more for longer ones. */
START_TEST(the_current_directory_has_room_to_change)
{
    static char path[400];
    for (size_t length = 0; length < sizeof path; length += 57) {
        rig r;
        memset(path, 'd', length);
        path[length] = 0;
        rig_start(&r, _i);
        r.request.current_directory = path;
        furnish(&r);
        uint64_t at = parameters_of(&r) + by_bits(&r, 0x24, 0x38);
        uint64_t want = 2 * (length + 2);
        ck_assert_uint_eq(get(&r, at, 2), 2 * (length + 1));
        ck_assert_uint_eq(get(&r, at + 2, 2), want > 520 ? want : 520);
        ck_assert_uint_eq(string(&r, at)[length], '\\');
        rig_done(&r);
    }
}
END_TEST

START_TEST(strings_lie_within_the_length)
{
    static const uint64_t members[][2] = { { 0x24, 0x38 }, { 0x30, 0x50 }, { 0x38, 0x60 },
                                           { 0x40, 0x70 }, { 0x70, 0xb0 }, { 0x78, 0xc0 },
                                           { 0x80, 0xd0 } };
    static const uint64_t sizes[][2] = {
        { 0x2c4, 0x448 }, { 0x2c0, 0x440 }, { 0x2a0, 0x410 }, { 0x298, 0x400 }, { 0x290, 0x3f0 }
    };
    rig r;
    rig_new(&r, _i);
    uint64_t p = parameters_of(&r), length = get(&r, p + 4, 4), last = p;
    uint64_t end = p + sizes[r.request.windows][r.request.wide];
    for (unsigned i = 0; i < 7; i++) {
        uint64_t at = p + members[i][r.request.wide], buffer = word(&r, at + by_bits(&r, 4, 8));
        ck_assert_uint_ge(buffer, end);
        ck_assert_uint_gt(buffer, last);
        ck_assert_uint_le(buffer + get(&r, at + 2, 2), p + length);
        last = buffer;
    }
    rig_done(&r);
}
END_TEST

static const char *const variables[] = { "=C:=C:\\w", "Path=C:\\Windows", "\xc3\x84=1",
                                         "Z=", NULL };

START_TEST(the_environment_is_one_block)
{
    static const uint8_t want[] = "=\0C\0:\0=\0C\0:\0\\\0w\0\0\0"
                                  "P\0a\0t\0h\0=\0C\0:\0\\\0W\0i\0n\0d\0o\0w\0s\0\0\0"
                                  "\xc4\0=\0001\0\0\0"
                                  "Z\0=\0\0\0\0";
    rig r;
    uint8_t bytes[sizeof want];
    rig_start(&r, _i);
    r.request.environment = variables;
    furnish(&r);
    uint64_t p = parameters_of(&r), block = word(&r, p + by_bits(&r, 0x48, 0x80));
    ck_nt(SUCCESS, pel_space_read(r.s, va_of(block), bytes, sizeof bytes, NULL));
    ck_assert_mem_eq(bytes, want, sizeof want);
    if (r.request.windows != PEL_WINDOWS_XP)
        ck_assert_uint_eq(word(&r, p + by_bits(&r, 0x290, 0x3f0)), sizeof want);
    rig_done(&r);
}
END_TEST

START_TEST(an_empty_environment_is_two_zeros)
{
    static const char *const none[] = { NULL };
    for (unsigned i = 0; i < 2; i++) {
        rig r;
        rig_start(&r, 2 * PEL_WINDOWS_7 + _i);
        r.request.environment = i ? none : NULL;
        furnish(&r);
        uint64_t p = parameters_of(&r), block = word(&r, p + by_bits(&r, 0x48, 0x80));
        ck_hex(get(&r, block, 4), 0);
        ck_assert_uint_eq(word(&r, p + by_bits(&r, 0x290, 0x3f0)), 4);
        rig_done(&r);
    }
}
END_TEST

START_TEST(only_console_programs_have_handles)
{
    rig r;
    rig_new(&r, _i);
    bool old = r.request.windows == PEL_WINDOWS_XP || r.request.windows == PEL_WINDOWS_7;
    uint64_t p = parameters_of(&r);
    ck_hex(word(&r, p + by_bits(&r, 0x18, 0x20)), old ? 3 : 0x50);
    ck_hex(word(&r, p + by_bits(&r, 0x1c, 0x28)), old ? 7 : 0x54);
    ck_hex(word(&r, p + by_bits(&r, 0x20, 0x30)), old ? 11 : 0x58);
    rig_done(&r);
    rig_start(&r, _i);
    r.modules[0].image = NULL;
    furnish(&r);
    ck_hex(word(&r, parameters_of(&r) + by_bits(&r, 0x1c, 0x28)), 0);
    rig_done(&r);
}
END_TEST

PEL_TESTS(load_furniture_parameters)
{
    tcase_add_loop_test(tests, what_is_asked_for_is_told, 0, KINDS);
    tcase_add_loop_test(tests, what_is_not_asked_for_comes_from_the_program, 0, KINDS);
    tcase_add_loop_test(tests, the_current_directory_has_room_to_change, 0, 2);
    tcase_add_loop_test(tests, strings_lie_within_the_length, 0, KINDS);
    tcase_add_loop_test(tests, the_environment_is_one_block, 0, KINDS);
    tcase_add_loop_test(tests, an_empty_environment_is_two_zeros, 0, 2);
    tcase_add_loop_test(tests, only_console_programs_have_handles, 0, KINDS);
}
