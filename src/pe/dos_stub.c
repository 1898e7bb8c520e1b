/* SPDX-License-Identifier: Apache-2.0 */
/* The DOS program in front of everything.
 *
 *   | DOS header | relocations | program: push cs / pop ds / mov dx, text / mov ah, 9 / int 21h ...
 * | 0            e_lfarlc      e_cparhdr * 16                                             e_lfanew
 */
#include <pelorus/dos.h>
#include <string.h>

#include "base/text.h"
#include "pe/image_priv.h"

#define PARAGRAPH 16u
#define DOS_PAGE  512u
#define RELOC     4u

/* Bytes of code that are looked at for a message. */
#define PROLOG 16

const char *pel_stub_kind_name(pel_stub_kind kind)
{
    switch (kind) {
    case PEL_STUB_NONE: return "none";
    case PEL_STUB_STANDARD: return "standard";
    case PEL_STUB_WINE: return "wine";
    case PEL_STUB_OTHER: return "other";
    }
    return "?";
}

/* Where DOS would take it to end: e_cp pages, of which the last has e_cblp bytes. */
static uint64_t dos_end(const pel_dos_header *h)
{
    uint64_t pages = h->pages;
    return h->bytes_in_last_page != 0 && pages > 0 ? (pages - 1) * DOS_PAGE + h->bytes_in_last_page
                                                   : pages * DOS_PAGE;
}

static uint64_t stub_end(const pel_image *img)
{
    uint64_t end = img->kind == PEL_IMAGE_DOS ? dos_end(&img->dos) : img->dos.nt_header.v;
    if (img->has_rich && img->rich.offset.v < end)
        end = img->rich.offset.v;
    return end;
}

/* ---- its message ------------------------------------------------------- */

/* The instructions that print a text, in the orders in which they are found:
 *   0E push cs, 1F pop ds, BA mov dx, B4 09 mov ah; then CD 21. `*dx` is where the text is. */
static bool prints(pel_span code, uint64_t *dx)
{
    bool has_text = false, has_function = false;
    pel_reader r = { .bytes = pel_span_clip(code, 0, PROLOG) };
    while (!r.failed) {
        switch (pel_read_uint(&r, 1)) {
        case 0x0e:
        case 0x1f: break;
        case 0xba:
            *dx = pel_read_uint(&r, 2);
            has_text = true;
            break;
        case 0xb4: has_function = pel_read_uint(&r, 1) == 9; break;
        case 0xcd: return pel_read_uint(&r, 1) == 0x21 && has_text && has_function;
        default: return false;
        }
    }
    return false;
}

static void read_message(const pel_image *img, uint64_t segment, pel_dos_stub *out)
{
    uint64_t dx = 0;
    pel_span code = pel_span_clip(img->bytes, out->entry.v, UINT64_MAX);
    if (!out->has_entry || !prints(code, &dx) || segment + dx < out->offset.v)
        return;
    pel_span rest = pel_span_clip(out->bytes, segment + dx - out->offset.v, UINT64_MAX);
    const char *end = rest.size ? memchr(rest.data, '$', rest.size) : NULL;
    if (!end)
        return;
    out->has_message = true;
    out->message = (pel_str){ (const char *)rest.data, (size_t)(end - (const char *)rest.data) };
}

static bool begins(pel_str text, const char *with)
{
    pel_str start = pel_str_of(with);
    return text.len >= start.len && memcmp(text.ptr, start.ptr, start.len) == 0;
}

static pel_stub_kind kind_of(const pel_dos_stub *s)
{
    pel_str text = { (const char *)s->bytes.data, s->bytes.size };
    if (s->bytes.size == 0)
        return PEL_STUB_NONE;
    if (s->has_message && begins(s->message, "This program cannot be run in DOS mode."))
        return PEL_STUB_STANDARD;
    return begins(text, "Wine builtin DLL") || begins(text, "Wine placeholder DLL")
               ? PEL_STUB_WINE
               : PEL_STUB_OTHER;
}

pel_status pel_image_dos_stub(const pel_image *img, pel_dos_stub *out)
{
    *out = (pel_dos_stub){ .kind = PEL_STUB_NONE };
    if (img->dos_at.available < img->dos_at.size || !img->dos_at.present)
        return PEL_NOT_FOUND;
    uint64_t end = stub_end(img), start = (uint64_t)img->dos.header_paragraphs * PARAGRAPH;
    uint64_t segment = start + (uint64_t)img->dos.initial_cs * PARAGRAPH;
    out->offset.v = start;
    if (end > start)
        out->bytes = pel_span_clip(img->bytes, start, end - start);
    out->entry.v = segment + img->dos.initial_ip;
    out->has_entry = out->entry.v >= start && out->entry.v - start < out->bytes.size;
    read_message(img, segment, out);
    out->kind = kind_of(out);
    return PEL_OK;
}

/* ---- relocations ------------------------------------------------------- */

pel_dos_reloc_iter pel_image_dos_relocs(const pel_image *image)
{
    return (pel_dos_reloc_iter){ .image = image };
}

bool pel_dos_reloc_next(pel_dos_reloc_iter *it, pel_dos_relocation *out, pel_foff *entry,
                        pel_foff *word)
{
    found at;
    const pel_dos_header *h = &it->image->dos;
    *out = (pel_dos_relocation){ 0 };
    if (it->status != PEL_OK || it->index >= h->relocations)
        return false;
    uint64_t offset = h->relocation_table + (uint64_t)it->index * RELOC;
    it->status = pel_image_decode(it->image, &pel_dos_relocation_schema, offset, false, out, &at);
    if (it->status != PEL_OK)
        return false;
    it->index++;
    entry->v = offset;
    word->v = ((uint64_t)h->header_paragraphs + out->segment) * PARAGRAPH + out->offset;
    return true;
}
