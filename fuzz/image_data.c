/* SPDX-License-Identifier: Apache-2.0 */
/* What tools read: debug information, symbols, resources, unwind information; for fuzz_image.c. */
#include <pelorus/pelorus.h>
#include <string.h>

#include "fuzz.h"
#include "image_directories.h"

/* ---- debug information ------------------------------------------------- */

static void ask_debug_data(const pel_image *image, const pel_debug_entry *e)
{
    pel_codeview cv;
    pel_span bytes;
    pel_str text;
    pel_embedded_pdb pdb;
    pel_perfmap map;
    pel_debug_misc misc;
    uint32_t flags, least, step;
    uint64_t record[8];
    uint32_t n = 0;
    pel_debug_codeview(e, &cv);
    must_be_text(image, cv.path);
    pel_pogo_iter it = pel_debug_pogo(e);
    for (pel_pogo_group g; pel_pogo_next(&it, &g); n++)
        must_be_text(image, g.name);
    MUST(n <= e->data.size / 8);
    MUST(pel_debug_repro(e, &bytes) == PEL_OK || bytes.size == 0);
    MUST(pel_debug_checksum(e, &text, &bytes) == PEL_OK || bytes.size == 0);
    MUST(pel_debug_embedded(e, &pdb) == PEL_OK || pdb.deflated.size == 0);
    pel_debug_perfmap(e, &map);
    must_be_text(image, map.path);
    pel_debug_ex_flags(e, &flags);
    pel_debug_misc_name(e, &misc, &bytes);
    MUST(bytes.size <= e->data.size);
    for (n = 0; pel_debug_record(e, n, record) != PEL_NOT_FOUND; n++)
        MUST(n <= e->data.size / 8);
    pel_debug_sizes(e->directory.type, &least, &step);
}

void ask_debug(const pel_image *image)
{
    pel_span bytes = pel_image_bytes(image);
    uint64_t data = 0;
    pel_debug_iter it = pel_image_debug(image);
    for (pel_debug_entry e; pel_debug_next(&it, &e);) {
        must_be_there(image, e.has_offset, e.offset, e.available);
        MUST(e.data.size <= e.directory.size && (data += e.data.size) <= 8 * bytes.size);
        MUST(e.data.size == 0 || e.data.data == bytes.data + e.data_offset.v);
        MUST((e.by == PEL_DEBUG_BY_NOTHING) == (e.data.size == 0));
        ask_debug_data(image, &e);
    }
    MUST(it.index <= bytes.size / 28);
}

void ask_coff(const pel_image *image)
{
    uint64_t seen = 0, record[4];
    pel_coff_iter it = pel_image_coff_symbols(image);
    for (pel_coff_entry e; pel_coff_next(&it, &e);) {
        pel_rva rva;
        MUST(++seen <= pel_image_bytes(image).size / 18);
        must_be_text(image, e.name);
        for (uint32_t i = 0; pel_coff_aux(&e, i, record) == PEL_OK; i++)
            MUST(i < e.record.aux_count);
        pel_coff_rva(image, &e.record, &rva);
    }
    for (uint32_t i = 0; i < pel_image_section_count(image) && i < 64; i++) {
        pel_line_iter lines = pel_image_lines(image, i);
        for (pel_line_number line; pel_line_next(&lines, &line);)
            MUST(lines.index <= lines.count);
    }
}

/* Code from many addresses on: instructions follow each other, and lie in the image. */
static void ask_code(const pel_image *image, const pel_symbols *symbols)
{
    pel_instruction i;
    char name[16];
    for (uint32_t rva = 0; rva < 0x8000; rva += 0x1ff) {
        pel_code_iter it = pel_image_code(image, symbols, (pel_rva){ rva });
        uint64_t next = rva;
        for (unsigned n = 0; n < 8 && pel_code_next(&it, &i); n++) {
            MUST(i.rva.v == next && i.size > 0 && i.size <= PEL_INSTRUCTION_MAX);
            MUST(!i.has_offset || i.offset.v < pel_image_bytes(image).size);
            MUST(i.text[0] != '\0' && memchr(i.text, 0, sizeof i.text));
            pel_instruction_target(&it, &i, name, sizeof name);
            next += i.size;
        }
        MUST(it.next == next);
    }
}

/* Each address that has a name has it at or before it. */
void ask_symbols(const pel_image *image)
{
    pel_symbols *symbols;
    pel_symbol_name name;
    char text[32];
    MUST(pel_symbols_new(image, NULL, &symbols) == PEL_OK);
    MUST(pel_symbols_count(symbols) <= 2 * pel_image_bytes(image).size);
    for (uint32_t rva = 0; rva < 0x10000; rva += 0x3ff) {
        if (pel_symbols_find(symbols, (pel_rva){ rva }, &name) != PEL_OK)
            continue;
        MUST(name.rva.v <= rva && rva - name.rva.v == name.offset);
        must_be_text(image, name.name);
        MUST(pel_symbol_format(&name, text, sizeof text) >= strlen(text));
        pel_symbol_iter it = pel_symbols_matching(symbols, name.name);
        for (size_t n = 0; pel_symbol_next(&it, &name); n++)
            MUST(n <= pel_symbols_count(symbols));
    }
    if (pel_image_disassembler(image) == PEL_OK)
        ask_code(image, symbols);
    pel_symbols_free(symbols);
}

/* ---- resources --------------------------------------------------------- */

static void must_be_inside(pel_span bytes, pel_span part)
{
    MUST(part.size == 0 || (part.data >= bytes.data &&
                            pel_span_has(bytes, (uint64_t)(part.data - bytes.data), part.size)));
}

static void ask_texts(pel_span bytes)
{
    uint32_t index;
    pel_span text;
    size_t seen = 0;
    pel_version_iter version = pel_version_blocks(bytes);
    for (pel_version_block b; pel_version_next(&version, &b);) {
        MUST(++seen <= bytes.size && b.level < PEL_VERSION_LEVELS && b.offset < bytes.size);
        must_be_inside(bytes, b.key);
        must_be_inside(bytes, b.value);
    }
    pel_string_iter strings = pel_strings(bytes);
    while (pel_string_next(&strings, &index, &text)) {
        MUST(index < 16 && pel_utf16_text(text, NULL, 0) <= text.size / 2 * 3);
        must_be_inside(bytes, text);
    }
    seen = 0;
    pel_message_iter messages = pel_messages(bytes);
    for (pel_message m; pel_message_next(&messages, &m);) {
        MUST(++seen <= 4 * bytes.size);
        must_be_inside(bytes, m.text);
    }
}

static void ask_windows(pel_span bytes)
{
    pel_dialog dialog;
    size_t seen = 0;
    pel_dialog_iter items = pel_dialog_read(bytes, &dialog);
    must_be_inside(bytes, dialog.title);
    for (pel_dialog_item i; pel_dialog_next(&items, &i);) {
        MUST(++seen <= dialog.item_count && i.offset < bytes.size);
        must_be_inside(bytes, i.title.text);
        must_be_inside(bytes, i.extra);
    }
    seen = 0;
    pel_menu_iter menu = pel_menu_items(bytes);
    for (pel_menu_item i; pel_menu_next(&menu, &i);) {
        MUST(++seen <= bytes.size && i.level < PEL_MENU_DEPTH);
        must_be_inside(bytes, i.text);
    }
    seen = 0;
    pel_accelerator_iter keys = pel_accelerators(bytes);
    for (pel_accelerator a; pel_accelerator_next(&keys, &a);)
        MUST(++seen <= bytes.size / 8);
}

static void ask_pictures(pel_span bytes)
{
    pel_icon_group group;
    pel_icon_entry icon;
    pel_cursor_entry cursor;
    pel_picture picture;
    pel_icon_group_read(bytes, &group);
    MUST(group.there <= group.count && pel_icon_at(&group, group.there, &icon) == PEL_NOT_FOUND);
    for (uint32_t i = 0; i < group.there; i++)
        MUST(pel_icon_at(&group, i, &icon) == PEL_OK &&
             pel_cursor_at(&group, i, &cursor) == PEL_OK);
    pel_picture_read(bytes, &picture);
    MUST(pel_picture_format_name(picture.format) != NULL);
}

/* Every decoder is asked about every leaf, whatever its type: they must take any bytes. */
void ask_resources(const pel_image *image)
{
    pel_span file = pel_image_bytes(image);
    uint64_t seen = 0, left = 4 * (uint64_t)file.size;
    pel_resource_iter it = pel_image_resources(image);
    for (pel_resource r; pel_resource_next(&it, &r);) {
        MUST(r.depth <= PEL_RESOURCE_DEPTH && ++seen <= file.size / 12 + 1);
        for (uint32_t i = 0; i < r.depth; i++)
            must_be_inside(file, r.path[i].text);
        pel_span bytes = pel_resource_bytes(&r);
        must_be_inside(file, bytes);
        MUST(bytes.size <= r.data.size);
        if (bytes.size > left)
            continue;
        left -= bytes.size;
        ask_texts(bytes);
        ask_windows(bytes);
        ask_pictures(bytes);
    }
}

/* ---- functions ----------------------------------------------------------- */

/* Codes and epilogs end, and take no more bytes than there are. */
static void ask_unwind(const pel_function *f, uint64_t *left)
{
    pel_unwind u;
    pel_unwind_code c;
    pel_rva primary;
    uint32_t seen = 0, before = 0;
    pel_status st = pel_function_unwind(f, &u);
    uint64_t cost = u.codes.size + u.epilogs.size + 1;
    MUST(u.made_size <= sizeof u.made);
    MUST(u.has_chain || pel_unwind_primary(&u, &primary) == PEL_NOT_FOUND);
    if (cost > *left || st == PEL_NOT_FOUND)
        return;
    *left -= cost;
    pel_unwind_code_iter it = pel_unwind_codes(&u);
    for (; pel_unwind_code_next(&it, &c); before = c.index + c.size) {
        MUST(c.index == before && c.size > 0 && c.op != NULL);
        MUST(c.text[0] != '\0' && memchr(c.text, '\0', sizeof c.text) != NULL);
        MUST(c.index + c.size <= u.codes.size + u.made_size);
    }
    MUST(it.status == PEL_OK || it.status == PEL_TRUNCATED || it.status == PEL_MALFORMED);
    pel_unwind_epilog_iter epilogs = pel_unwind_epilogs(&u);
    for (pel_unwind_epilog e; pel_unwind_epilog_next(&epilogs, &e);)
        MUST(++seen <= u.epilog_count);
    if (u.has_chain)
        pel_unwind_primary(&u, &primary);
}

void ask_guard_tables(const pel_image *image)
{
    for (int table = 0; table < PEL_GUARD_TABLES; table++) {
        uint64_t seen = 0;
        pel_guard_iter it = pel_image_guard_entries(image, (pel_guard_table)table);
        uint64_t count = it.count;
        for (pel_guard_entry g; pel_guard_next(&it, &g);)
            MUST(++seen <= count && seen <= 4 * pel_image_bytes(image).size);
        MUST(it.status != PEL_OK || it.stride == 0 || seen == 0 || seen == count);
    }
}

void ask_functions(const pel_image *image)
{
    uint64_t seen = 0, left = pel_image_bytes(image).size;
    pel_function_report report = pel_image_check_functions(image);
    pel_function_iter it = pel_image_functions(image);
    for (pel_function f; pel_function_next(&it, &f); seen++) {
        MUST(f.index == seen);
        must_be_there(image, f.has_offset, f.offset, pel_function_entry_size(f.table));
        ask_unwind(&f, &left);
    }
    MUST(seen == report.count && it.status == report.status);
    MUST(report.unsorted.count + report.overlaps.count <= seen);
}
