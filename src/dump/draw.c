/* SPDX-License-Identifier: Apache-2.0 */
/* The memory map as a drawing that fits 80 columns.
 *
 *   | 31 columns: file          | 4  | 40 columns: address space             |
 *   ┌───────────────────────────┐    ┌───────────────────────────────────────┐
 *   │ 00000400  .text     4 KiB │ ─▶ │ 000140001000  .text      4 KiB  R-X-  │
 *
 * Rows follow the address space from low to high; what the file has, but memory has
 * not, comes last. */
#include "dump/draw.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

#define LEFT  31
#define RIGHT 40

typedef struct row {
    bool has_left, has_right;
    uint64_t offset, file_size;
    char left_name[11], right_name[11];
    uint64_t va, size, zero;
    uint32_t protect; /* 0: reserved */
    bool entry;
} row;

typedef struct drawing {
    pel_page *page;
    const pel_image *img;
    pel_process *process;
    uint64_t next_va; /* where the row before ended */
    bool left_open, right_open;
} drawing;

/* ---- what a protection looks like -------------------------------------- */

static pel_ink ink_of(uint32_t protect)
{
    const uint32_t write = PEL_PAGE_READWRITE | PEL_PAGE_WRITECOPY;
    const uint32_t both = PEL_PAGE_EXECUTE_READWRITE | PEL_PAGE_EXECUTE_WRITECOPY;
    if (protect & PEL_PAGE_GUARD)
        return PEL_INK_GUARD;
    if (protect & both)
        return PEL_INK_WRITE_EXECUTE;
    if (protect & write)
        return PEL_INK_WRITE;
    if (protect & (PEL_PAGE_EXECUTE | PEL_PAGE_EXECUTE_READ))
        return PEL_INK_EXECUTE;
    return protect & PEL_PAGE_READONLY ? PEL_INK_READ : PEL_INK_FAINT;
}

/* R, W, X, and C for copy on write or G for guard. */
static void letters_of(uint32_t protect, char out[5])
{
    const uint32_t copy = PEL_PAGE_WRITECOPY | PEL_PAGE_EXECUTE_WRITECOPY;
    const uint32_t write = copy | PEL_PAGE_READWRITE | PEL_PAGE_EXECUTE_READWRITE;
    const uint32_t execute = PEL_PAGE_EXECUTE | PEL_PAGE_EXECUTE_READ | PEL_PAGE_EXECUTE_READWRITE |
                             PEL_PAGE_EXECUTE_WRITECOPY;
    const uint32_t read = write | PEL_PAGE_READONLY | PEL_PAGE_EXECUTE_READ;
    out[0] = protect & read ? 'R' : '-';
    out[1] = protect & write ? 'W' : '-';
    out[2] = protect & execute ? 'X' : '-';
    out[3] = protect & copy ? 'C' : '-';
    if (protect & PEL_PAGE_GUARD)
        out[3] = 'G';
    out[4] = '\0';
}

/* ---- boxes ------------------------------------------------------------- */

static const char *glyph(const drawing *d, const char *unicode, const char *ascii)
{
    return pel_page_glyph(d->page, unicode, ascii);
}

/* One column of the line between two rows: it ends the box above, begins the one below, or
 * parts two that touch. */
static void border(drawing *d, bool above, bool below, unsigned width)
{
    const char *left = above && below ? "├" : below ? "┌" : "└";
    const char *right = above && below ? "┤" : below ? "┐" : "┘";
    if (!above && !below) {
        pel_page_repeat(d->page, PEL_INK_PLAIN, " ", width + 2);
        return;
    }
    pel_page_put(d->page, PEL_INK_FAINT, "%s", glyph(d, left, "+"));
    pel_page_repeat(d->page, PEL_INK_FAINT, glyph(d, "─", "-"), width);
    pel_page_put(d->page, PEL_INK_FAINT, "%s", glyph(d, right, "+"));
}

static void borders(drawing *d, bool left, bool right)
{
    if (left || right || d->left_open || d->right_open) {
        border(d, d->left_open, left, LEFT);
        if (right || d->right_open) {
            pel_page_repeat(d->page, PEL_INK_PLAIN, " ", 4);
            border(d, d->right_open, right, RIGHT);
        }
        pel_page_put(d->page, PEL_INK_PLAIN, "\n");
    }
    d->left_open = left;
    d->right_open = right;
}

/* Bytes of UTF-8 that begin a character: our own text, one column each. */
static size_t columns_of(const char *text)
{
    size_t columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

static void cell(drawing *d, pel_ink ink, unsigned width, const char *text)
{
    pel_page_put(d->page, PEL_INK_FAINT, "%s", glyph(d, "│", "|"));
    size_t columns = columns_of(text);
    pel_page_put(d->page, ink, "%s", text);
    pel_page_repeat(d->page, PEL_INK_PLAIN, " ", columns < width ? width - (unsigned)columns : 0);
    pel_page_put(d->page, PEL_INK_FAINT, "%s", glyph(d, "│", "|"));
}

static void line(drawing *d, const row *r, const char *left, const char *right, bool arrow)
{
    pel_ink ink = r->has_right ? ink_of(r->protect) : PEL_INK_PLAIN;
    if (r->has_left)
        cell(d, ink, LEFT, left);
    else
        pel_page_repeat(d->page, PEL_INK_PLAIN, " ", LEFT + 2);
    if (r->has_right) {
        pel_page_put(d->page, PEL_INK_FAINT, "%s", arrow ? glyph(d, " ─▶ ", " => ") : "    ");
        cell(d, ink, RIGHT, right);
    }
    pel_page_put(d->page, PEL_INK_PLAIN, "\n");
}

static void put_row(drawing *d, const row *r)
{
    char left[64], right[64], size[16], letters[5];
    pel_size_text(r->file_size, size);
    snprintf(left, sizeof left, " %08" PRIx64 "  %-10s %8s ", r->offset, r->left_name, size);
    pel_size_text(r->size, size);
    letters_of(r->protect, letters);
    snprintf(right, sizeof right, " %012" PRIx64 "  %-10s %8s %4s ", r->va, r->right_name, size,
             letters);
    borders(d, r->has_left, r->has_right);
    line(d, r, left, right, r->has_left && r->has_right);
    if (r->zero > 0) {
        pel_size_text(r->zero, size);
        snprintf(right, sizeof right, " %12s  %-10s %8s ", "", "  zero", size);
        line(d, r, "", right, false);
    }
    if (r->entry) {
        uint64_t at = pel_process_module(d->process)->entry.v;
        snprintf(right, sizeof right, " %012" PRIx64 "  %s entry point", at, glyph(d, "◀", "<"));
        line(d, r, "", right, false);
    }
}

/* ---- gathering --------------------------------------------------------- */

static void put_gap(drawing *d, uint64_t to)
{
    char size[16];
    if (to <= d->next_va)
        return;
    borders(d, false, false);
    pel_size_text(to - d->next_va, size);
    pel_page_repeat(d->page, PEL_INK_PLAIN, " ", LEFT + 2 + 4 + 2);
    pel_page_put(d->page, PEL_INK_FAINT, "%s free: %s\n", glyph(d, "⋮", ":"), size);
}

static void name_piece(const drawing *d, const pel_rva_answer *a, row *r)
{
    const pel_section *s = pel_image_section(d->img, a->section);
    pel_str name = s ? s->name : pel_str_of(a->where == PEL_WHERE_GAP ? "(padding)" : "headers");
    pel_cell_text(name, r->left_name, sizeof r->left_name);
    pel_cell_text(name, r->right_name, sizeof r->right_name);
}

/* One section, the headers, or padding, from `at` on: runs that belong together. */
static row image_row(const drawing *d, uint64_t at, uint64_t end)
{
    const pel_module *m = pel_process_module(d->process);
    pel_rva_answer a = pel_image_at_rva(d->img, (pel_rva){ (uint32_t)at });
    row r = { .has_right = true, .va = m->base.v + at, .offset = a.offset.v };
    uint32_t section = a.section;
    bool gap = a.where == PEL_WHERE_GAP;
    name_piece(d, &a, &r);
    r.protect = pel_image_protect(d->img, (pel_rva){ (uint32_t)at });
    for (bool same = true; same && at < end;) {
        uint64_t run = a.run < end - at ? a.run : end - at;
        r.size += run;
        r.file_size += a.has_offset ? run : 0;
        r.zero += a.where == PEL_WHERE_ZERO_FILL ? run : 0;
        at += run;
        a = pel_image_at_rva(d->img, (pel_rva){ (uint32_t)at });
        same = a.section == section && (a.where == PEL_WHERE_GAP) == gap && !a.has_offset;
    }
    r.has_left = r.file_size > 0;
    r.entry = m->has_entry && m->entry.v >= r.va && m->entry.v - r.va < r.size;
    return r;
}

static void draw_image(drawing *d)
{
    const pel_module *m = pel_process_module(d->process);
    for (uint64_t at = 0; at < m->size && d->page->status == PEL_OK;) {
        row r = image_row(d, at, m->size);
        put_row(d, &r);
        at += r.size;
    }
}

static const char *name_of_private(const pel_process *process, const pel_region *r)
{
    const pel_stack *stack = pel_process_stack(process);
    bool reserved = r->state == PEL_MEM_RESERVE;
    if (stack->base.v && r->allocation_base.v == stack->allocation_base.v)
        return reserved ? "(stack)" : r->protect & PEL_PAGE_GUARD ? "guard" : "stack";
    if (pel_process_heap(process)->base.v == r->allocation_base.v)
        return reserved ? "(heap)" : "heap";
    return "shared";
}

static void draw_private(drawing *d, const pel_region *region)
{
    row r = {
        .has_right = true, .va = region->base.v, .size = region->size, .protect = region->protect
    };
    snprintf(r.right_name, sizeof r.right_name, "%s", name_of_private(d->process, region));
    put_row(d, &r);
}

static void draw_overlay(drawing *d)
{
    pel_foff at;
    pel_span overlay = pel_image_overlay(d->img, &at);
    row r = {
        .has_left = true, .offset = at.v, .file_size = overlay.size, .left_name = "(overlay)"
    };
    if (overlay.size > 0)
        put_row(d, &r);
    borders(d, false, false);
}

static void legend(drawing *d)
{
    pel_page *p = d->page;
    pel_page_put(p, PEL_INK_FAINT, "  R read  W write  X execute  C copy on write  G guard   ");
    pel_page_put(p, PEL_INK_READ, "R ");
    pel_page_put(p, PEL_INK_WRITE, "RW ");
    pel_page_put(p, PEL_INK_EXECUTE, "RX ");
    pel_page_put(p, PEL_INK_WRITE_EXECUTE, "RWX ");
    pel_page_put(p, PEL_INK_FAINT, "reserved\n");
}

void pel_draw_memory(pel_page *page, const pel_image *image, pel_process *process)
{
    drawing d = { .page = page, .img = image, .process = process };
    pel_space *space = pel_process_space(process);
    const pel_module *m = pel_process_module(process);
    pel_page_put(page, PEL_INK_STRONG, "  %-*s%s\n", LEFT + 4, "file", "  address space");
    pel_va at = { 0 };
    for (pel_region r; page->status == PEL_OK && pel_nt_success(pel_space_query(space, at, &r));) {
        bool is_image = r.allocation_base.v == m->base.v && r.state != PEL_MEM_FREE;
        if (r.state != PEL_MEM_FREE) {
            put_gap(&d, r.base.v);
            if (is_image)
                draw_image(&d);
            else
                draw_private(&d, &r);
            d.next_va = is_image ? m->base.v + m->size : r.base.v + r.size;
        }
        at.v = is_image ? m->base.v + m->size : r.base.v + r.size;
    }
    draw_overlay(&d);
    legend(&d);
}
