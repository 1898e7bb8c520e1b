/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown of certificates.
 *
 *   SEQUENCE { SEQUENCE { [0] version, serial, algorithm, issuer, SEQUENCE { from, to }, subject,
 *                         key, ... }, algorithm, signature }
 */
#include <string.h>

#include "base/text.h"
#include "pe/signed_data.h"

void pel_x509_read(pel_span der, pel_x509 *out)
{
    pel_span version;
    pel_reader top = pel_der_reader(der);
    pel_reader outer = pel_der_reader(pel_der_take(&top, PEL_DER_SEQUENCE));
    pel_reader r = pel_der_reader(pel_der_take(&outer, PEL_DER_SEQUENCE));
    *out = (pel_x509){ .bytes = der };
    pel_der_optional(&r, PEL_DER_0, &version);
    pel_span serial = pel_der_take(&r, PEL_DER_INTEGER);
    pel_der_take(&r, PEL_DER_SEQUENCE);
    pel_tlv issuer = pel_der_any(&r);
    pel_reader validity = pel_der_reader(pel_der_take(&r, PEL_DER_SEQUENCE));
    pel_tlv from = pel_der_any(&validity), to = pel_der_any(&validity);
    pel_tlv subject = pel_der_any(&r);
    if (r.failed)
        return;
    out->serial = serial;
    out->issuer = issuer.whole;
    out->subject = subject.whole;
    out->not_before = pel_der_time(&from);
    out->not_after = pel_der_time(&to);
}

/* ---- names -------------------------------------------------------------- */

/* String types of ASN.1 beside those of der.h. T61 is shown as the bytes that it has. */
enum { NUMERIC = 0x12, PRINTABLE = 0x13, T61 = 0x14, IA5 = 0x16, VISIBLE = 0x1a };

static bool is_string(uint8_t tag)
{
    return tag == PEL_DER_UTF8 || tag == PEL_DER_BMP || tag == PEL_DER_UNIVERSAL ||
           tag == NUMERIC || tag == PRINTABLE || tag == T61 || tag == IA5 || tag == VISIBLE;
}

/* RFC 4514, 2.4: what would read as a part of the notation has a backslash before it, so that a
 * value never looks like several. */
static void append_escaped(pel_str value, char *out, size_t size, size_t *used)
{
    for (size_t i = 0; i < value.len && *used < size; i++) {
        char c = value.ptr[i];
        bool edge = c == ' ' && (i == 0 || i + 1 == value.len);
        bool special = c != '\0' && strchr("\"+,;<>\\", c) != NULL;
        if (c == '\0')
            pel_append(out, size, used, "\\00");
        else
            pel_append(out, size, used, "%s%c", edge || special || (i == 0 && c == '#') ? "\\" : "",
                       c);
    }
}

/* The same, 2.4: what is no string is "#" and its DER in hexadecimal. */
static void append_value(const pel_tlv *value, char *out, size_t size, size_t *used)
{
    char wide[1024];
    size_t length = 0;
    pel_str text = { (const char *)value->value.data, value->value.size };
    if (value->tag == PEL_DER_BMP || value->tag == PEL_DER_UNIVERSAL) {
        wide[0] = '\0';
        pel_der_text(value->tag, value->value, wide, sizeof wide, &length);
        text = pel_str_of(wide);
    }
    if (is_string(value->tag)) {
        append_escaped(text, out, size, used);
        return;
    }
    pel_append(out, size, used, "#");
    for (size_t i = 0; i < value->whole.size && *used < size; i++)
        pel_append(out, size, used, "%02x", value->whole.data[i]);
}

typedef struct attribute {
    pel_span oid;
    pel_tlv value;
    bool first_of_set;
} attribute;

typedef struct attribute_iter {
    pel_reader sets, set;
} attribute_iter;

/* SEQUENCE { SET { SEQUENCE { OID, text } ... } ... } */
static attribute_iter attributes_of(pel_span name)
{
    pel_reader top = pel_der_reader(name);
    return (attribute_iter){ .sets = pel_der_reader(pel_der_take(&top, PEL_DER_SEQUENCE)) };
}

static bool next_attribute(attribute_iter *it, attribute *out)
{
    *out = (attribute){ .first_of_set = false };
    while (pel_der_peek(&it->set) != PEL_DER_SEQUENCE) {
        if (pel_der_peek(&it->sets) != PEL_DER_SET)
            return false;
        it->set = pel_der_reader(pel_der_take(&it->sets, PEL_DER_SET));
        out->first_of_set = true;
    }
    pel_reader r = pel_der_reader(pel_der_take(&it->set, PEL_DER_SEQUENCE));
    out->oid = pel_der_take(&r, PEL_DER_OID);
    out->value = pel_der_any(&r);
    return !it->set.failed && !r.failed;
}

size_t pel_name_text(pel_span name, char *out, size_t size)
{
    char buffer[64];
    size_t used = 0;
    attribute_iter it = attributes_of(name);
    if (size)
        out[0] = '\0';
    for (attribute a; used < size && next_attribute(&it, &a);) {
        pel_append(out, size, &used, "%s%s=",
                   used == 0        ? ""
                   : a.first_of_set ? ", "
                                    : "+",
                   pel_oid_text(a.oid, buffer, sizeof buffer));
        append_value(&a.value, out, size, &used);
    }
    return used;
}

size_t pel_name_common(pel_span name, char *out, size_t size)
{
    pel_tlv common = { .tag = 0 };
    unsigned count = 0;
    size_t used = 0;
    attribute_iter it = attributes_of(name);
    for (attribute a; next_attribute(&it, &a);)
        if (pel_oid_of(a.oid) == PEL_OID_NAME_CN) {
            common = a.value;
            count++;
        }
    if (count != 1)
        return pel_name_text(name, out, size);
    if (size)
        out[0] = '\0';
    append_value(&common, out, size, &used);
    return used;
}

bool pel_x509_is_self_signed(const pel_x509 *certificate)
{
    return certificate->subject.size > 0 &&
           pel_span_same(certificate->subject, certificate->issuer);
}
