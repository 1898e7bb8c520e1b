/* SPDX-License-Identifier: Apache-2.0 */
/* What the summary says of .NET and of resources, by literal bytes. */
#include "summary_steps.h"

/* ---- .NET --------------------------------------------------------------------- */

/* A header at the start of .data: its size, MajorRuntimeVersion and MinorRuntimeVersion, Flags. */
static const struct {
    pel_build_kind kind;
    uint8_t minor;
    const char *flags, *says;
} platforms[] = {
    { PEL_BUILD_PE32, 5, "\1\0\0", "AnyCPU\n" },
    { PEL_BUILD_PE32, 5, "\3\0\0", "x86\n" },
    { PEL_BUILD_PE32, 5, "\3\0\2", "AnyCPU, prefers 32-bit\n" },
    { PEL_BUILD_PE32, 5, "\1\0\2", "AnyCPU\n" }, /* means nothing alone */
    { PEL_BUILD_PE32, 0, "\1\0\0", "x86\n" },    /* of .NET 1 */
    { PEL_BUILD_PE32, 5, "\x09\0\0", "AnyCPU, strong name\n" },
    { PEL_BUILD_PE32, 5, "\0\0\0", "mixed with native code\n" },
    { PEL_BUILD_PE32PLUS, 5, "\x09\0\0", "strong name\n" },
};

START_TEST(platforms_of_dotnet_are_those_of_the_compiler)
{
    uint8_t header[72] = { 72, 0, 0, 0, 2, 0, platforms[_i].minor };
    char wanted[64];
    sample s = sample_of(platforms[_i].kind);
    memcpy(header + 16, platforms[_i].flags, 3);
    pel_builder_directory(s.b, PEL_DIR_COM_DESCRIPTOR, (pel_rva){ 0x2000 }, sizeof header);
    sample_finish(&s);
    pel_builder_patch(s.b, (pel_foff){ 0x400 }, header, sizeof header);
    sample_parse(&s);
    summarize(&s, "a.exe", NULL);
    snprintf(wanted, sizeof wanted, ".NET          runtime , %s", platforms[_i].says);
    ck_says(wanted);
    sample_free(&s);
}
END_TEST

/* ---- resources ---------------------------------------------------------------- */

#define DIRECTORY(id, to)                                                                          \
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, (id)&0xff, (id) >> 8, 0, 0, (to), 0, 0

/* A tree with one leaf of `type`, whose bytes lie at 0x58 of the section, at RVA 0x3000. */
static sample with_resource(uint8_t type, const char *bytes, uint8_t size)
{
    const uint8_t tree[] = { DIRECTORY(type, 0x18),
                             0x80,
                             DIRECTORY(1, 0x30),
                             0x80,
                             DIRECTORY(0x409, 0x48),
                             0,
                             0x58,
                             0x30,
                             0,
                             0,
                             size,
                             0,
                             0,
                             0,
                             0,
                             0,
                             0,
                             0,
                             0,
                             0,
                             0,
                             0 };
    sample s = sample_of(PEL_BUILD_PE32PLUS);
    uint32_t rsrc = pel_builder_section(s.b, ".rsrc", PEL_SCN_MEM_READ);
    pel_builder_data(s.b, rsrc, tree, sizeof tree);
    pel_builder_data(s.b, rsrc, bytes, size);
    pel_builder_directory(s.b, PEL_DIR_RESOURCE, pel_builder_rva(s.b, rsrc, 0), sizeof tree);
    sample_parse(&s);
    summarize(&s, "file", NULL);
    ck_screen(100);
    return s;
}

static const struct {
    const char *xml, *want;
} manifests[] = {
    { "<requestedExecutionLevel level=\"requireAdministrator\" uiAccess=\"true\"/>",
      "manifest      requireAdministrator, uiAccess\n" },
    { "<requestedExecutionLevel level='asInvoker' uiAccess='false'/>",
      "manifest      asInvoker\n" },
    { "<requestedExecutionLevel level=\"never ends", "manifest      no execution level\n" },
    { "<requestedExecutionLevel level=", "manifest      no execution level\n" },
    { "<requestedExecutionLevel level=\"\x1b[2J\"/>", "manifest      \\x1b[2J\n" },
    { "<dpiAware>true</dpiAware>", "manifest      no execution level, DPI aware\n" },
};

START_TEST(the_manifest_is_told)
{
    const char *xml = manifests[_i].xml;
    sample s = with_resource(PEL_RT_MANIFEST, xml, (uint8_t)strlen(xml));
    ck_says("resources     1 manifest\n");
    ck_says(manifests[_i].want);
    sample_free(&s);
}
END_TEST

/* Append an ASCII text as UTF-16LE with its zero, and fill up to a multiple of 4. */
static size_t put_wide(uint8_t *to, size_t at, const char *text)
{
    for (; *text; text++, at += 2)
        to[at] = (uint8_t)*text;
    return (at + 2 + 3) & ~(size_t)3;
}

/* wLength, wValueLength, wType, szKey; the place behind it. The length is set at the end. */
static size_t put_block(uint8_t *to, size_t at, uint8_t value, uint8_t text, const char *key)
{
    to[at + 2] = value;
    to[at + 4] = text;
    return put_wide(to, at + 6, key);
}

/* VS_VERSIONINFO with the fixed version 1.2.3.4 and one string. */
static size_t version_of(const char *key, const char *value, uint8_t out[256])
{
    static const uint8_t fixed[] = { 0xbd, 4, 0xef, 0xfe, 0, 0, 1, 0, 2, 0, 1, 0, 4, 0, 3, 0 };
    memset(out, 0, 256);
    size_t info = put_block(out, 0, 52, 0, "VS_VERSION_INFO");
    memcpy(out + info, fixed, sizeof fixed);
    info += 52;
    size_t table = put_block(out, info, 0, 1, "StringFileInfo");
    size_t string = put_block(out, table, 0, 1, "040904b0");
    size_t at = put_block(out, string, (uint8_t)(strlen(value) + 1), 1, key);
    size_t end = put_wide(out, at, value);
    const size_t starts[] = { 0, info, table, string };
    for (int i = 0; i < 4; i++)
        out[starts[i]] = (uint8_t)(end - starts[i]);
    return end;
}

START_TEST(versions_are_told_without_blanks_and_where_they_differ)
{
    static const struct {
        const char *key, *value, *says;
    } rows[] = {
        { "FileVersion", "1.2.3.4", "version       1.2.3.4\n" },
        { "FileVersion", "1, 2, 3, 4 x", "version       1, 2, 3, 4 x\n" },
        { "FileVersion", "1.2", "version       1.2\n" },
        { "FileVersion", "rc 7", "version       rc 7\n" },
        { "FileVersion", "9.9.9", "version       9.9.9 (fixed: 1.2.3.4)\n" },
        { "FileVersion", "1.2.30", "version       1.2.30 (fixed: 1.2.3.4)\n" },
        { "FileVersion", "   ", "version       1.2.3.4\n" },
        { "ProductName", "P   ", "version       P 1.2.3.4\n" },
        { "ProductName", "    ", "version       1.2.3.4\n" },
        { "CompanyName", "C   ", "version       1.2.3.4, C\n" },
    };
    uint8_t bytes[256];
    size_t size = version_of(rows[_i].key, rows[_i].value, bytes);
    ck_assert_uint_lt(size, 256);
    sample s = with_resource(PEL_RT_VERSION, (const char *)bytes, (uint8_t)size);
    ck_says(rows[_i].says);
    sample_free(&s);
}
END_TEST

START_TEST(types_have_words_names_or_numbers)
{
    static const struct {
        uint8_t type;
        const char *bytes, *want;
    } types[] = { { PEL_RT_ICON, "....", "1 icon\n" },
                  { PEL_RT_RCDATA, "....", "1 RCDATA\n" },
                  { PEL_RT_RCDATA, "MZ..", "1 RCDATA (pe)\n" },
                  { PEL_RT_STRING, "MZ..", "1 block of strings\n" },
                  { 99, "....", "1 of type 99\n" },
                  { 99, "PK\3\4", "1 of type 99 (zip)\n" } };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        sample s = with_resource(types[i].type, types[i].bytes, 4);
        ck_says(types[i].want);
        sample_free(&s);
    }
}
END_TEST

PEL_TESTS(summary_contents)
{
    tcase_add_loop_test(tests, platforms_of_dotnet_are_those_of_the_compiler, 0,
                        sizeof platforms / sizeof platforms[0]);
    tcase_add_loop_test(tests, the_manifest_is_told, 0, sizeof manifests / sizeof manifests[0]);
    tcase_add_loop_test(tests, versions_are_told_without_blanks_and_where_they_differ, 0, 10);
    tcase_add_test(tests, types_have_words_names_or_numbers);
}
