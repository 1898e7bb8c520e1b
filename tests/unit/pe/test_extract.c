/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken out of files whose parts are literal bytes. */
#include "extract_steps.h"

/* ---- resources --------------------------------------------------------- */

START_TEST(bytes_of_resources)
{
    static const leaf leaves[] = {
        { 10, 3, 0x409, B("abc") },              /* RT_RCDATA */
        { 23, 1, 0, B("<p>") },                  /* RT_HTML */
        { 21, 1, 0, B("RIFF") },                 /* RT_ANICURSOR */
        { 999, 1, 0, B("x") },                   /* a type that is not known */
        { LEAVES_TEXT, LEAVES_TEXT, 0, B("y") }, /* texts */
        { 16, 1, 0, B("version") },              /* in forms of their own */
        { 24, 1, 0x407, B("<assembly/>") },      /* */
        { 10, 4, 0, B("") },                     /* nothing is something, too */
    };
    sample s = with_leaves(leaves, 8);
    uint8_t sha256[32];
    pel_extract *x = begin(&s, 0, 0);
    next_item(x, PEL_EXTRACT_SECTION, "section-0.bin", PEL_OK);
    next_item(x, PEL_EXTRACT_SECTION, "section-1.bin", PEL_OK);
    pel_extract_item item = next_item(x, PEL_EXTRACT_SECTION, "section-2.bin", PEL_OK);
    ck_assert_str_eq(item.name, ".rsrc");
    ck_assert(item.has_offset && item.offset.v == 0x600 && item.has_rva &&
              item.rva.v == LEAVES_RVA);
    ck_assert_uint_eq(item.size, LEAVES_SIZE);

    item = next_item(x, PEL_EXTRACT_RESOURCE, "rcdata-0-1033.bin", PEL_OK);
    ck_made(B("abc"));
    ck_assert_str_eq(item.name, "RT_RCDATA/3/1033");
    ck_assert(item.has_offset && item.offset.v == 0x600 + LEAVES_DATA);
    ck_assert(item.has_rva && item.rva.v == LEAVES_RVA + LEAVES_DATA);
    ck_ok(pel_extract_write(x, &item, collect_into(&made), sha256));
    ck_assert_mem_eq(sha256, "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23",
                     16);
    next_item(x, PEL_EXTRACT_RESOURCE, "html-1.html", PEL_OK);
    next_item(x, PEL_EXTRACT_RESOURCE, "anicursor-2.ani", PEL_OK);
    item = next_item(x, PEL_EXTRACT_RESOURCE, "resource-3.bin", PEL_OK);
    ck_assert_str_eq(item.name, "999/1/0");
    item = next_item(x, PEL_EXTRACT_RESOURCE, "resource-4.bin", PEL_OK);
    ck_assert_str_eq(item.name, "A//A//0"); /* what the file says stays out of the file's name */
    ck_made(B("y"));
    next_item(x, PEL_EXTRACT_VERSION, "version-0.bin", PEL_OK);
    ck_made(B("version"));
    next_item(x, PEL_EXTRACT_MANIFEST, "manifest-0-1031.xml", PEL_OK);
    ck_made(B("<assembly/>"));
    next_item(x, PEL_EXTRACT_RESOURCE, "rcdata-5.bin", PEL_OK);
    ck_assert_uint_eq(made.size, 0);
    ck_ok(pel_extract_status(x));
    end(&s, x);
}
END_TEST

/* A form that is not asked for gives the bytes, and only where those are. */
START_TEST(a_resource_is_there_once)
{
    static const leaf leaves[] = { { 24, 1, 0, B("<a/>") }, { 10, 1, 0, B("abc") } };
    sample s = with_leaves(leaves, 2);
    pel_extract *x = begin(&s, ONLY(RESOURCE), 0);
    next_item(x, PEL_EXTRACT_RESOURCE, "manifest-0.bin", PEL_OK);
    next_item(x, PEL_EXTRACT_RESOURCE, "rcdata-1.bin", PEL_OK);
    end(&s, x);
    s = with_leaves(leaves, 2);
    x = begin(&s, ONLY(MANIFEST), 0);
    next_item(x, PEL_EXTRACT_MANIFEST, "manifest-0.xml", PEL_OK);
    end(&s, x);
    s = with_leaves(leaves, 2);
    end(&s, begin(&s, ONLY(PDB) | ONLY(OVERLAY), 0));
}
END_TEST

START_TEST(what_is_too_much_is_refused)
{
    static const leaf leaves[] = { { 10, 1, 0, B("abcd") },
                                   { 10, 2, 0, B("efgh") },
                                   { 10, 3, 0, B("ij") } };
    sample s = with_leaves(leaves, 3);
    pel_extract *x = begin(&s, ONLY(RESOURCE), 7);
    next_item(x, PEL_EXTRACT_RESOURCE, "rcdata-0.bin", PEL_OK);
    pel_extract_item item = next_item(x, PEL_EXTRACT_RESOURCE, "rcdata-1.bin", PEL_LIMIT);
    ck_assert(!item.can_write && item.size == 4);
    next_item(x, PEL_EXTRACT_RESOURCE, "rcdata-2.bin", PEL_OK); /* there is room for less */
    end(&s, x);
}
END_TEST

START_TEST(what_the_file_cuts_is_told)
{
    static const leaf leaves[] = { { 10, 1, 0, B("abcd") }, { 10, 2, 0, B("efgh") } };
    sample s = with_leaves(leaves, 2);
    pel_builder_resize(s.b, 0x600 + LEAVES_DATA + 3);
    pel_extract *x = begin(&s, ONLY(RESOURCE), 0);
    next_item(x, PEL_EXTRACT_RESOURCE, "rcdata-0.bin", PEL_TRUNCATED);
    ck_made(B("abc"));
    pel_extract_item item = next_item(x, PEL_EXTRACT_RESOURCE, "rcdata-1.bin", PEL_TRUNCATED);
    ck_assert(!item.can_write);
    end(&s, x);
    s = with_leaves(leaves, 2);
    pel_builder_resize(s.b, 0x600 + LEAVES_ENTRIES + 8 * 2 + 24); /* the tree itself */
    x = begin(&s, ONLY(RESOURCE), 0);
    while (pel_extract_next(x, &item))
        ck_assert_uint_eq(item.size, 0);
    ck_status(PEL_TRUNCATED, pel_extract_status(x));
    end(&s, x);
}
END_TEST

/* ---- embedded PDBs ----------------------------------------------------- */

/* "hello" in DEFLATE (RFC 1951): one block with fixed codes. */
#define HELLO "\xcb\x48\xcd\xc9\xc9\x07\x00"

static sample with_pdb(const char *data, size_t size, size_t said)
{
    uint8_t bytes[256] = { 0 };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    unsigned section =
        pel_builder_section(s.b, ".rdata", PEL_SCN_CNT_INITIALIZED_DATA | PEL_SCN_MEM_READ);
    store(bytes + 12, 4, 17); /* EMBEDDED_PORTABLE_PDB */
    store(bytes + 16, 4, said);
    store(bytes + 20, 4, LEAVES_RVA + 28);
    store(bytes + 24, 4, 0x600 + 28);
    memcpy(bytes + 28, data, size);
    pel_builder_data(s.b, section, bytes, sizeof bytes);
    pel_builder_directory(s.b, PEL_DIR_DEBUG, (pel_rva){ LEAVES_RVA }, 28);
    return s;
}

START_TEST(an_embedded_pdb_is_inflated)
{
    sample s = with_pdb(B("MPDB\5\0\0\0" HELLO), 15);
    pel_extract *x = begin(&s, ONLY(PDB), 0);
    pel_extract_item item = next_item(x, PEL_EXTRACT_PDB, "pdb-0.pdb", PEL_OK);
    ck_made(B("hello"));
    ck_hex(item.offset.v, 0x600 + 28);
    ck_hex(item.rva.v, LEAVES_RVA + 28);
    end(&s, x);
}
END_TEST

/* It says what it comes to, and that must be so: not less, not more. */
START_TEST(an_embedded_pdb_that_lies)
{
    static const struct {
        const char *data;
        size_t size;
    } lies[] = {
        { B("MPDB\4\0\0\0" HELLO) },
        { B("MPDB\6\0\0\0" HELLO) },
        { B("MPDB\0\0\0\0" HELLO) },
        { B("MPDB\5\0\0\0\xcb\x48\xcd") },               /* it ends too early */
        { B("MPDB\5\0\0\0\7\xff\xff\xff\xff\xff\xff") }, /* a kind of block that is none */
    };
    pel_extract_item item;
    sample s = with_pdb(lies[_i].data, lies[_i].size, lies[_i].size);
    pel_extract *x = begin(&s, ONLY(PDB), 0);
    ck_assert(pel_extract_next(x, &item));
    ck_assert(item.can_write);
    ck_status(PEL_MALFORMED, pel_extract_write(x, &item, collect_into(&made), NULL));
    end(&s, x);
}
END_TEST

START_TEST(what_would_inflate_too_far_is_refused)
{
    static const struct {
        const char *data;
        size_t size;
        pel_status status;
    } bombs[] = {
        { B("MPDB\xbc\2\0\0" HELLO), PEL_OK },    /* 700 of 7 */
        { B("MPDB\xbd\2\0\0" HELLO), PEL_LIMIT }, /* 701 */
        { B("MPDB\xff\xff\xff\xff" HELLO), PEL_LIMIT },
        { B("MPDX\5\0\0\0" HELLO), PEL_MALFORMED },
        { B("MPDB\5\0"), PEL_TRUNCATED },
    };
    for (size_t i = 0; i < sizeof bombs / sizeof bombs[0]; i++) {
        pel_extract_item item;
        sample s = with_pdb(bombs[i].data, bombs[i].size, bombs[i].size);
        pel_extract *x = begin(&s, ONLY(PDB), 0);
        ck_assert(pel_extract_next(x, &item));
        ck_status(bombs[i].status, item.status);
        ck_assert_int_eq(item.can_write, bombs[i].status == PEL_OK);
        end(&s, x);
    }
}
END_TEST

/* ---- behind the program ------------------------------------------------ */

START_TEST(certificates_and_overlay)
{
    sample s = sample_of(PEL_BUILD_PE32);
    /* 4 of an archive, 4 zeros; a certificate that is no PKCS#7, and one of a kind for UEFI */
    pel_builder_overlay(s.b, B("\x1f\x8b\x08\0\0\0\0\0"
                               "\x0b\0\0\0\0\2\2\0abc\0\0\0\0\0"
                               "\x0c\0\0\0\0\2\xf1\x0e"
                               "guid\0\0\0\0"));
    pel_builder_poke(s.b, "optional_header.DataDirectory[4].VirtualAddress", SAMPLE_SIZE + 8);
    pel_builder_poke(s.b, "optional_header.DataDirectory[4].Size", 32);
    pel_extract *x = begin(&s, ONLY(CERTIFICATE) | ONLY(OVERLAY), 0);
    pel_extract_item item =
        next_item(x, PEL_EXTRACT_CERTIFICATE, "certificate-0.bin", PEL_MALFORMED);
    ck_assert_str_eq(item.name, "WIN_CERT_TYPE_PKCS_SIGNED_DATA");
    ck_hex(item.offset.v, SAMPLE_SIZE + 16);
    ck_made(B("abc"));
    next_item(x, PEL_EXTRACT_CERTIFICATE, "certificate-1.bin", PEL_OK);
    ck_made(B("guid"));
    item = next_item(x, PEL_EXTRACT_OVERLAY, "overlay-0.gz", PEL_OK);
    ck_assert_str_eq(item.name, "gzip");
    ck_made(B("\x1f\x8b\x08\0\0\0\0\0"));
    end(&s, x);
}
END_TEST

/* An entry of 0x30 bytes: signed data without a signer, then what fills it up. */
START_TEST(what_hides_behind_a_signature)
{
    static const char signature[] = "\x30\x1c\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
                                    "\xa0\x0f\x30\x0d\2\1\1\x31\0\x30\4\x06\2\x2a\3\x31\0";
    uint8_t table[0x30] = { 0x30, 0, 0, 0, 0, 2, 2 };
    memcpy(table + 8, signature, sizeof signature - 1);
    for (int hidden = 0; hidden < 2; hidden++) {
        sample s = sample_of(PEL_BUILD_PE32);
        memcpy(table + 0x2b, "evil", hidden ? 4 : 0);
        pel_builder_overlay(s.b, table, sizeof table);
        pel_builder_poke(s.b, "optional_header.DataDirectory[4].VirtualAddress", SAMPLE_SIZE);
        pel_builder_poke(s.b, "optional_header.DataDirectory[4].Size", sizeof table);
        pel_extract *x = begin(&s, ONLY(CERTIFICATE), 0);
        next_item(x, PEL_EXTRACT_CERTIFICATE, "certificate-0.p7b", PEL_OK);
        ck_made(signature, sizeof signature - 1);
        if (hidden) {
            pel_extract_item item =
                next_item(x, PEL_EXTRACT_CERTIFICATE, "certificate-1.bin", PEL_OK);
            ck_assert_str_eq(item.name, "behind the signature");
            ck_hex(item.offset.v, SAMPLE_SIZE + 0x26);
            ck_made("\0\0\0\0\0evil\0", 10);
        }
        end(&s, x);
    }
}
END_TEST

START_TEST(names_of_kinds)
{
    pel_extract_kind kind;
    ck_ok(pel_extract_kind_from_name("icons", &kind));
    ck_assert_int_eq(kind, PEL_EXTRACT_ICON);
    ck_ok(pel_extract_kind_from_name("overlay", &kind));
    ck_assert_int_eq(kind, PEL_EXTRACT_OVERLAY);
    ck_status(PEL_NOT_FOUND, pel_extract_kind_from_name("Icons", &kind));
    ck_assert_str_eq(pel_extract_kind_name(PEL_EXTRACT_COUNT), "");
    ck_assert_str_eq(pel_extract_kind_meaning(PEL_EXTRACT_COUNT), "");
    pel_extract_free(NULL);
}
END_TEST

PEL_TESTS(pe_extract)
{
    tcase_add_test(tests, bytes_of_resources);
    tcase_add_test(tests, a_resource_is_there_once);
    tcase_add_test(tests, what_is_too_much_is_refused);
    tcase_add_test(tests, what_the_file_cuts_is_told);
    tcase_add_test(tests, an_embedded_pdb_is_inflated);
    tcase_add_loop_test(tests, an_embedded_pdb_that_lies, 0, 5);
    tcase_add_test(tests, what_would_inflate_too_far_is_refused);
    tcase_add_test(tests, certificates_and_overlay);
    tcase_add_test(tests, what_hides_behind_a_signature);
    tcase_add_test(tests, names_of_kinds);
}
