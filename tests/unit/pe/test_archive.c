/* SPDX-License-Identifier: Apache-2.0 */
/* Archives: headers, names and indexes on literal text, and what is wrong or too much in them. */
#include "check_pel.h"

#include <string.h>
#include <time.h>

/* name 16, date 12, user 6, group 6, mode 8, size 10, end 2 */
#define HEADER(name, size) name "1595915503  1     2     100644  " size "`\n"

/* clang-format off */
#define M0 0x142
#define M2 0x1c0

static const char library[] =
    "!<arch>\n"
    HEADER("/               ", "17        ") /* 0x8 */
        "\x00\x00\x00\x02" "\x00\x00\x01\x42" "\x00\x00\x00\x09" "A\0" "BB\0" "\n"
    HEADER("/               ", "24        ") /* 0x56 */
        "\x02\x00\x00\x00" "\x42\x01\x00\x00" "\xc0\x01\x00\x00" "\x02\x00\x00\x00" "\2\0" "\5\0" "C\0" "D\0"
    HEADER("//              ", "23        ") /* 0xaa */
        "a_long_name.obj\0" "gnu.o/\n" "\n"
    HEADER("/<ECSYMBOLS>/   ", "8         ") /* 0xfe */
        "\x01\x00\x00\x00" "\1\0" "E\0"
    HEADER("/0              ", "4         ") /* 0x142 */
        "0123"
    HEADER("/16             ", "2         ") /* 0x182 */
        "45"
    HEADER("short.obj/      ", "3         ") /* 0x1c0 */
        "678";
/* clang-format on */
#define SIZE (sizeof library - 1)

static pel_image *parse(const void *bytes, size_t size)
{
    pel_image *image = NULL;
    ck_ok(pel_image_parse((pel_span){ bytes, size }, NULL, &image));
    return image;
}

static void ck_text(pel_str text, const char *wanted)
{
    ck_assert_uint_eq(text.len, strlen(wanted));
    ck_assert(text.len == 0 || memcmp(text.ptr, wanted, text.len) == 0);
}

static bool told(const pel_image *image, pel_diag_code code)
{
    for (size_t i = 0; i < pel_image_diag_count(image); i++)
        if (pel_image_diag(image, i)->code == code)
            return true;
    return false;
}

/* ---- members ----------------------------------------------------------- */

static const struct {
    pel_member_role role;
    const char *name;
    uint64_t size;
} members[] = {
    { PEL_MEMBER_FIRST_LINKER, "/", 17 },      { PEL_MEMBER_SECOND_LINKER, "/", 24 },
    { PEL_MEMBER_LONG_NAMES, "//", 23 },       { PEL_MEMBER_EC_SYMBOLS, "/<ECSYMBOLS>/", 8 },
    { PEL_MEMBER_FILE, "a_long_name.obj", 4 }, { PEL_MEMBER_FILE, "gnu.o", 2 },
    { PEL_MEMBER_FILE, "short.obj", 3 },
};
#define MEMBERS (sizeof members / sizeof members[0])

START_TEST(members_are_found)
{
    pel_archive_entry m;
    uint32_t index;
    pel_image *image = parse(library, SIZE);
    ck_assert_int_eq(pel_image_get_kind(image), PEL_IMAGE_ARCHIVE);
    ck_assert_uint_eq(pel_image_diag_count(image), 0);
    ck_assert_uint_eq(pel_archive_count(image), MEMBERS);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        ck_ok(pel_archive_at(image, i, &m));
        ck_assert_int_eq(m.role, members[i].role);
        ck_text(m.name, members[i].name);
        ck_assert(m.has_size);
        ck_assert_uint_eq(m.size, members[i].size);
        ck_assert_uint_eq(m.data.size, members[i].size);
        ck_hex(m.data_offset.v, m.offset.v + 60);
        ck_ok(pel_archive_by_offset(image, m.offset, &index));
        ck_assert_uint_eq(index, i);
    }
    ck_assert(memcmp(m.header.date, "1595915503  ", 12) == 0);
    ck_assert(memcmp(m.header.user, "1     ", 6) == 0);
    ck_assert(memcmp(m.header.group, "2     ", 6) == 0);
    ck_assert(memcmp(m.header.mode, "100644  ", 8) == 0);
    ck_assert(memcmp(m.header.end, "`\n", 2) == 0);
    ck_status(PEL_NOT_FOUND, pel_archive_at(image, MEMBERS, &m));
    ck_status(PEL_NOT_FOUND, pel_archive_by_offset(image, (pel_foff){ 9 }, &index));
    ck_ok(pel_archive_find(image, PEL_MEMBER_FILE, "gnu.o", &m));
    ck_assert_uint_eq(m.index, 5);
    pel_image_free(image);
}
END_TEST

/* ---- indexes ----------------------------------------------------------- */

/* What the three have. Offset 0: the number leads out of the table. */
static const struct {
    pel_member_role role;
    const char *name;
    uint64_t offset;
    bool has_member;
} symbols[] = {
    { PEL_MEMBER_FIRST_LINKER, "A", M0, true },  { PEL_MEMBER_FIRST_LINKER, "BB", 9, false },
    { PEL_MEMBER_SECOND_LINKER, "C", M2, true }, { PEL_MEMBER_SECOND_LINKER, "D", 0, false },
    { PEL_MEMBER_EC_SYMBOLS, "E", M0, true },
};

START_TEST(indexes_lead_to_members)
{
    size_t row = 0;
    pel_archive_symbol s;
    pel_image *image = parse(library, SIZE);
    static const pel_member_role roles[] = { PEL_MEMBER_FIRST_LINKER, PEL_MEMBER_SECOND_LINKER,
                                             PEL_MEMBER_EC_SYMBOLS };
    for (size_t i = 0; i < 3; i++) {
        pel_archive_index it = pel_archive_symbols(image, roles[i]);
        for (; pel_archive_symbol_next(&it, &s); row++) {
            ck_assert_int_eq(symbols[row].role, roles[i]);
            ck_text(s.name, symbols[row].name);
            ck_hex(s.offset.v, symbols[row].offset);
            ck_assert(s.has_member == symbols[row].has_member);
        }
        ck_ok(it.status);
    }
    ck_assert_uint_eq(row, sizeof symbols / sizeof symbols[0]);
    ck_assert_uint_eq(pel_archive_symbols(image, PEL_MEMBER_HYBRID_MAP).count, 0);
    pel_image_free(image);
}
END_TEST

START_TEST(an_index_that_tells_of_too_much_ends)
{
    pel_archive_symbol s;
    char bytes[sizeof library];
    memcpy(bytes, library, sizeof bytes);
    memset(bytes + 68, 0xff, 4); /* symbols of the first linker member */
    pel_image *image = parse(bytes, SIZE);
    pel_archive_index it = pel_archive_symbols(image, PEL_MEMBER_FIRST_LINKER);
    ck_assert_uint_eq(it.count, UINT32_MAX);
    ck_assert(!pel_archive_symbol_next(&it, &s));
    ck_status(PEL_TRUNCATED, it.status);
    pel_image_free(image);
}
END_TEST

/* ---- what is wrong ----------------------------------------------------- */

/* Bytes of the last header that are changed, and what is told. */
static const struct {
    size_t at;
    const char *bytes;
    uint32_t count;
    pel_diag_code code;
} broken[] = {
    { 48, "4         ", MEMBERS, PEL_DIAG_ARCHIVE_CUT },
    { 48, "9999999999", MEMBERS, PEL_DIAG_ARCHIVE_CUT },
    { 48, "-1        ", MEMBERS - 1, PEL_DIAG_ARCHIVE_HEADER },
    { 48, "          ", MEMBERS - 1, PEL_DIAG_ARCHIVE_HEADER },
    { 58, "  ", MEMBERS - 1, PEL_DIAG_ARCHIVE_HEADER },
};

START_TEST(broken_headers_are_told)
{
    pel_archive_entry m;
    char bytes[sizeof library];
    memcpy(bytes, library, sizeof bytes);
    memcpy(bytes + M2 + broken[_i].at, broken[_i].bytes, strlen(broken[_i].bytes));
    pel_image *image = parse(bytes, SIZE);
    ck_assert_uint_eq(pel_archive_count(image), broken[_i].count);
    ck_assert(told(image, broken[_i].code));
    if (broken[_i].count == MEMBERS) {
        ck_ok(pel_archive_at(image, MEMBERS - 1, &m));
        ck_assert_uint_eq(m.data.size, 3);
    }
    pel_image_free(image);
}
END_TEST

START_TEST(every_cut_is_parsed)
{
    for (size_t size = 0; size <= SIZE; size++)
        pel_image_free(parse(library, size));
}
END_TEST

/* Members without data: as many as a file can have. */
START_TEST(many_members_take_linear_time)
{
    static const char header[] = HEADER("a/              ", "0         ");
    const uint32_t count = 200000;
    size_t size = 8 + (size_t)count * 60;
    char *bytes = malloc(size);
    uint32_t index;
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, "!<arch>\n", 8);
    for (uint32_t i = 0; i < count; i++)
        memcpy(bytes + 8 + (size_t)i * 60, header, 60);
    clock_t start = clock();
    pel_image *image = parse(bytes, size);
    ck_assert_uint_eq(pel_archive_count(image), count);
    for (uint32_t i = 0; i < count; i++)
        ck_quick(pel_archive_by_offset(image, (pel_foff){ 8 + (uint64_t)i * 60 }, &index) ==
                     PEL_OK &&
                 index == i);
    /* It takes some hundredths of a second; quadratic work would take hours. */
    ck_assert((clock() - start) / CLOCKS_PER_SEC < 20);
    pel_image_free(image);
    free(bytes);
}
END_TEST

PEL_TESTS(pe_archive)
{
    tcase_add_test(tests, members_are_found);
    tcase_add_test(tests, indexes_lead_to_members);
    tcase_add_test(tests, an_index_that_tells_of_too_much_ends);
    tcase_add_loop_test(tests, broken_headers_are_told, 0, sizeof broken / sizeof broken[0]);
    tcase_add_test(tests, every_cut_is_parsed);
    tcase_add_test(tests, many_members_take_linear_time);
}
