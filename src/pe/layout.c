/* SPDX-License-Identifier: Apache-2.0 */
/* How Windows places the file in memory.
 *
 *   file:    | headers |  | .text raw  |   | .data raw |      | overlay
 *            0         H  down(ptr,512)
 *   memory:  | headers 0 | .text  0    | .data ... 000000000 |
 *            base         +VirtualAddress, whole pages; zero where the file gives nothing
 *
 * Rules and their sources: docs/loading.md, "Placing headers and sections". */
#include <stdlib.h>

#include "pe/image_priv.h"

/* ---- extents ----------------------------------------------------------- */

bool pel_image_is_flat(const pel_image *image)
{
    return image->kind != PEL_IMAGE_TE && image->optional.section_alignment % PEL_PAGE_SIZE != 0;
}

/* Bytes of the file for a section whose memory is `span` long: the sectors that its raw data
 * touches. Source: [raw data is handled in sectors whatever FileAlignment is]. */
static void raw_extent(const pel_image *img, const pel_section_header *h, pel_extent *e)
{
    uint64_t bias = pel_image_raw_bias(img);
    uint64_t at = h->raw_offset.v;
    if (at == 0 || h->raw_size == 0 || at < bias)
        return;
    at -= bias;
    bool sectors = img->kind != PEL_IMAGE_TE; /* UEFI's loader takes offsets as they are */
    e->raw_start.v = sectors ? pel_round_down(at, PEL_SECTOR_SIZE) : at;
    uint64_t size = at - e->raw_start.v + h->raw_size;
    size = sectors ? pel_round_up(size, PEL_SECTOR_SIZE) : size;
    e->raw_wanted = size < e->span ? size : e->span;
    e->raw_size = pel_span_clip(img->bytes, e->raw_start.v, e->raw_wanted).size;
}

pel_extent pel_image_extent(const pel_image *image, uint32_t index)
{
    const pel_section_header *h = &image->sections[index].header;
    pel_extent e = { .start = h->virtual_address };
    e.size = h->virtual_size ? h->virtual_size : h->raw_size;
    bool flat = pel_image_is_flat(image);
    e.span = flat ? e.size : pel_round_up(e.size, PEL_PAGE_SIZE);
    if (!flat && image->layout == PEL_LAYOUT_FILE) {
        raw_extent(image, h, &e);
        return e;
    }
    /* A flat image is the file as it is, and so is one in memory: a section has no bytes but those
     * at its own RVA. */
    e.raw_start.v = e.start.v;
    e.raw_wanted = e.span;
    e.raw_size = pel_span_clip(image->bytes, e.start.v, e.span).size;
    return e;
}

static uint64_t lowest_section(const pel_image *img)
{
    uint64_t lowest = UINT64_MAX;
    for (uint32_t i = 0; i < img->section_count; i++)
        if (img->sections[i].header.virtual_address.v < lowest)
            lowest = img->sections[i].header.virtual_address.v;
    return lowest;
}

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }
static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

uint64_t pel_image_header_size(const pel_image *image)
{
    uint64_t size = larger(image->optional.size_of_headers, pel_image_headers_end(image).v);
    if (pel_image_is_flat(image))
        size = smaller(size, pel_image_view_size(image));
    else if (image->layout == PEL_LAYOUT_MEMORY)
        size = pel_round_up(size, PEL_PAGE_SIZE);
    return smaller(smaller(size, image->bytes.size), lowest_section(image));
}

/* TE images have no SizeOfImage; UEFI adds up the sections. */
static uint64_t te_view_size(const pel_image *img)
{
    uint64_t end = 0;
    for (uint32_t i = 0; i < img->section_count; i++) {
        pel_extent e = pel_image_extent(img, i);
        end = larger(end, e.start.v + e.span);
    }
    return pel_round_up(end, PEL_PAGE_SIZE);
}

uint64_t pel_image_view_size(const pel_image *image)
{
    return image->kind == PEL_IMAGE_TE ? te_view_size(image)
                                       : pel_round_up(image->optional.size_of_image, PEL_PAGE_SIZE);
}

/* ---- pieces: which section fills an RVA -------------------------------- */

/* Where sections overlap the later one wins, as if they were mapped in table order. The
 * sweep below finds that in n log n: at each edge, sections that begin there join a heap
 * that has the highest index on top, and those that have ended leave when they surface. */

typedef struct sweep {
    const pel_image *img;
    pel_extent *extents;
    uint32_t *by_start; /* section indices */
    uint64_t *edges;    /* all starts and ends */
    uint32_t *heap;
    size_t count, edge_count, heap_count;
} sweep;

static uint64_t end_of(const sweep *s, uint32_t i)
{
    return s->extents[i].start.v + s->extents[i].span;
}

static void heap_push(sweep *s, uint32_t index)
{
    size_t at = s->heap_count++;
    for (; at > 0 && s->heap[(at - 1) / 2] < index; at = (at - 1) / 2)
        s->heap[at] = s->heap[(at - 1) / 2];
    s->heap[at] = index;
}

static void heap_pop(sweep *s)
{
    uint32_t moved = s->heap[--s->heap_count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < s->heap_count; at = child) {
        if (child + 1 < s->heap_count && s->heap[child + 1] > s->heap[child])
            child++;
        if (s->heap[child] <= moved)
            break;
        s->heap[at] = s->heap[child];
    }
    s->heap[at] = moved;
}

static int compare_edges(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Sort keys hold start << 32 | index: a plain integer sort, and stable. */
static void sort_by_start(sweep *s, uint64_t *keys)
{
    for (size_t i = 0; i < s->count; i++)
        keys[i] = (uint64_t)s->extents[i].start.v << 32 | i;
    qsort(keys, s->count, sizeof *keys, compare_edges);
    for (size_t i = 0; i < s->count; i++)
        s->by_start[i] = (uint32_t)keys[i];
}

#define RVA_END ((uint64_t)UINT32_MAX + 1)

/* What a section has beyond the last RVA is nowhere. */
static void add_piece(pel_image *img, uint64_t start, uint64_t end, uint32_t section,
                      bool from_file, uint64_t raw)
{
    end = smaller(end, RVA_END);
    if (start < end)
        img->pieces[img->piece_count++] = (piece){
            .start = start, .end = end, .raw = raw, .section = section, .from_file = from_file
        };
}

/* [start, end) belongs to one section: first what its file bytes reach, then zeros. What a dump of
 * memory lacks is no zeros: it is not known, and so a gap. */
static void add_run(pel_image *img, const sweep *s, uint64_t start, uint64_t end, uint32_t section)
{
    const pel_extent *e = &s->extents[section];
    uint64_t file_end = e->start.v + e->raw_size;
    uint64_t middle = smaller(larger(file_end, start), end);
    add_piece(img, start, middle, section, true, e->raw_start.v + (start - e->start.v));
    if (img->layout == PEL_LAYOUT_FILE)
        add_piece(img, middle, end, section, false, 0);
}

static void run_sweep(pel_image *img, sweep *s)
{
    size_t next = 0;
    uint64_t run_start = 0;
    uint32_t owner = PEL_NO_INDEX;
    for (size_t k = 0; k < s->edge_count; k++) {
        uint64_t at = s->edges[k];
        while (next < s->count && s->extents[s->by_start[next]].start.v <= at)
            heap_push(s, s->by_start[next++]);
        while (s->heap_count > 0 && end_of(s, s->heap[0]) <= at)
            heap_pop(s);
        uint32_t now = s->heap_count > 0 ? s->heap[0] : PEL_NO_INDEX;
        if (now == owner)
            continue;
        if (owner != PEL_NO_INDEX)
            add_run(img, s, run_start, at, owner);
        owner = now;
        run_start = at;
    }
}

static void add_headers(pel_image *img)
{
    uint64_t size = pel_image_header_size(img);
    uint64_t pages = pel_round_up(larger(img->optional.size_of_headers, size), PEL_PAGE_SIZE);
    uint64_t end =
        smaller(smaller(pages, lowest_section(img)), larger(pel_image_view_size(img), size));
    add_piece(img, 0, size, PEL_NO_INDEX, true, 0);
    if (!pel_image_is_flat(img) && img->layout == PEL_LAYOUT_FILE) /* in others the bytes go on */
        add_piece(img, size, end, PEL_NO_INDEX, false, 0);
}

static void fill_sweep(sweep *s, uint64_t *keys)
{
    for (uint32_t i = 0; i < s->count; i++) {
        s->extents[i] = pel_image_extent(s->img, i);
        s->edges[s->edge_count++] = s->extents[i].start.v;
        s->edges[s->edge_count++] = end_of(s, i);
    }
    sort_by_start(s, keys);
    qsort(s->edges, s->edge_count, sizeof *s->edges, compare_edges);
}

static pel_status sweep_sections(pel_image *img)
{
    pel_arena scratch;
    pel_arena_init(&scratch, &img->arena.allocator);
    size_t n = img->section_count;
    sweep s = { .img = img, .count = n };
    uint64_t *keys = pel_arena_take(&scratch, n * sizeof *keys);
    s.extents = pel_arena_take(&scratch, n * sizeof *s.extents);
    s.by_start = pel_arena_take(&scratch, n * sizeof *s.by_start);
    s.edges = pel_arena_take(&scratch, 2 * n * sizeof *s.edges);
    s.heap = pel_arena_take(&scratch, n * sizeof *s.heap);
    bool ok = keys && s.extents && s.by_start && s.edges && s.heap;
    if (ok) {
        fill_sweep(&s, keys);
        run_sweep(img, &s);
    }
    pel_arena_release(&scratch);
    return ok ? PEL_OK : PEL_NO_MEMORY;
}

/* A flat image is one view of the whole file: what lies between the sections and behind them
 * is there, too, as far as the file goes, and zero from there to the end of the last page. */
static pel_status fill_flat(pel_image *img)
{
    uint64_t view = pel_image_view_size(img), at = 0;
    const piece *old = img->pieces;
    size_t count = img->piece_count;
    img->pieces = pel_arena_take(&img->arena, (3 * count + 2) * sizeof *img->pieces);
    if (!img->pieces)
        return PEL_NO_MEMORY;
    img->piece_count = 0;
    for (size_t i = 0; i <= count; i++) {
        uint64_t next = i < count ? smaller(old[i].start, view) : view;
        uint64_t middle = smaller(larger(img->bytes.size, at), next);
        add_piece(img, at, middle, PEL_NO_INDEX, true, at);
        add_piece(img, larger(middle, at), next, PEL_NO_INDEX, false, 0);
        if (i < count) {
            img->pieces[img->piece_count++] = old[i];
            at = old[i].end;
        }
    }
    return PEL_OK;
}

/* ---- the end of what is accounted for ---------------------------------- */

static uint64_t symbols_end(const pel_image *img)
{
    uint64_t at = pel_image_string_table_at(img);
    if (img->file.symbol_table.v == 0)
        return 0;
    uint64_t strings = pel_span_uint(img->bytes, at, 4);
    uint64_t end = at + (strings < 4 ? 4 : strings);
    return end <= img->bytes.size ? end : 0; /* a table that is not there accounts for nothing */
}

static uint64_t accounted_end(const pel_image *img)
{
    if (img->layout == PEL_LAYOUT_MEMORY)
        return smaller(pel_image_view_size(img), img->bytes.size);
    uint64_t bias = pel_image_raw_bias(img);
    uint64_t end = larger(pel_image_headers_end(img).v, img->optional.size_of_headers);
    end = larger(end, symbols_end(img));
    for (uint32_t i = 0; i < img->section_count; i++) {
        const pel_section_header *h = &img->sections[i].header;
        if (h->raw_offset.v > 0 && h->raw_size > 0 && h->raw_offset.v >= bias)
            end = larger(end, h->raw_offset.v - bias + h->raw_size);
    }
    return smaller(end, img->bytes.size);
}

pel_status pel_image_lay_out(pel_image *img)
{
    img->accounted_end.v = img->bytes.size;
    if (img->kind != PEL_IMAGE_TE && img->kind != PEL_IMAGE_PE32 && img->kind != PEL_IMAGE_PE32PLUS)
        return PEL_OK;
    /* Two pieces for the headers; each of the at most 2n - 1 runs between edges gives two. */
    size_t most = 2 + 4 * (size_t)img->section_count;
    img->pieces = pel_arena_take(&img->arena, most * sizeof *img->pieces);
    if (!img->pieces)
        return PEL_NO_MEMORY;
    add_headers(img);
    PEL_TRY(sweep_sections(img));
    if (pel_image_is_flat(img))
        PEL_TRY(fill_flat(img));
    img->accounted_end.v = accounted_end(img);
    return PEL_OK;
}

pel_span pel_image_overlay(const pel_image *image, pel_foff *offset)
{
    *offset = image->accounted_end;
    return pel_span_clip(image->bytes, image->accounted_end.v, UINT64_MAX);
}
