/* SPDX-License-Identifier: Apache-2.0 */
/* The first bytes: what kind of file it is. */
#include "pe/image_priv.h"

/* Signatures, read as little-endian integers. */
#define SIGNATURE_MZ 0x5a4du
#define SIGNATURE_VZ 0x5a56u
#define SIGNATURE_NE 0x454eu
#define SIGNATURE_LE 0x454cu
#define SIGNATURE_LX 0x584cu
#define SIGNATURE_PE 0x00004550u

/* NE and its kin have a signature of two bytes, which may be the last of the file. */
static pel_image_kind kind_behind_dos(const pel_image *img)
{
    if (img->has_signature && img->signature == SIGNATURE_PE)
        return PEL_IMAGE_PE; /* the Magic makes it more precise */
    switch (pel_span_uint(img->bytes, img->dos.nt_header.v, 2)) {
    case SIGNATURE_NE: return PEL_IMAGE_NE;
    case SIGNATURE_LE: return PEL_IMAGE_LE;
    case SIGNATURE_LX: return PEL_IMAGE_LX;
    default: return PEL_IMAGE_DOS;
    }
}

static pel_status lint_nt_offset(pel_image *img)
{
    uint64_t at = img->dos.nt_header.v;
    if (at % 4 != 0)
        PEL_TRY(pel_image_remark(img, PEL_DIAG_NT_HEADER_UNALIGNED, &pel_dos_header_schema, 0,
                                 "e_lfanew", at, 0));
    if (at < img->dos_at.size)
        PEL_TRY(pel_image_remark(img, PEL_DIAG_NT_HEADER_IN_DOS, &pel_dos_header_schema, 0,
                                 "e_lfanew", at, 0));
    return PEL_OK;
}

/* What lies where the NT header should be. Of programs for DOS that have their relocations inside
 * of the header, e_lfanew is one of them, or nothing at all. */
static pel_status lint_dos_program(pel_image *img)
{
    uint64_t at = img->dos.nt_header.v;
    bool old = img->dos.relocation_table != 0 && img->dos.relocation_table < img->dos_at.size;
    if (at == 0)
        return PEL_OK;
    if (!img->has_signature)
        return pel_image_remark(img, PEL_DIAG_NT_HEADER_PAST_EOF, &pel_dos_header_schema, 0,
                                "e_lfanew", at, img->bytes.size);
    return old ? PEL_OK
               : pel_image_remark(img, PEL_DIAG_NT_SIGNATURE_NONE, &pel_dos_header_schema, 0,
                                  "e_lfanew", at, img->signature);
}

pel_status pel_image_read_dos(pel_image *img)
{
    uint64_t magic = pel_span_uint(img->bytes, 0, 2);
    if (magic == SIGNATURE_VZ)
        img->kind = PEL_IMAGE_TE;
    if (magic != SIGNATURE_MZ)
        return PEL_OK;

    img->kind = PEL_IMAGE_DOS;
    pel_status st =
        pel_image_decode(img, &pel_dos_header_schema, 0, false, &img->dos, &img->dos_at);
    if (st != PEL_OK)
        return pel_image_remark(img, PEL_DIAG_DOS_TRUNCATED, &pel_dos_header_schema, 0, NULL, 0, 0);

    uint64_t at = img->dos.nt_header.v;
    img->has_signature = pel_span_has(img->bytes, at, 4);
    img->signature = (uint32_t)pel_span_uint(img->bytes, at, 4);
    img->kind = kind_behind_dos(img);
    if (img->kind == PEL_IMAGE_PE)
        return lint_nt_offset(img);
    return img->kind == PEL_IMAGE_DOS ? lint_dos_program(img) : PEL_OK;
}
