/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown of certificates.
 *
 *   SEQUENCE { SEQUENCE { [0] version, serial, algorithm, issuer, SEQUENCE { from, to }, subject,
 *                         key, ... }, algorithm, signature }
 */
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

static void append_attribute(pel_reader *set, char *out, size_t size, size_t *used)
{
    char buffer[64];
    pel_reader r = pel_der_reader(pel_der_take(set, PEL_DER_SEQUENCE));
    pel_span oid = pel_der_take(&r, PEL_DER_OID);
    pel_tlv value = pel_der_any(&r);
    if (set->failed || r.failed)
        return;
    pel_append(out, size, used, "%s%s=", *used ? ", " : "",
               pel_oid_text(oid, buffer, sizeof buffer));
    pel_der_text(value.tag, value.value, out, size, used);
}

/* SEQUENCE { SET { SEQUENCE { OID, text } ... } ... } */
size_t pel_name_text(pel_span name, char *out, size_t size)
{
    size_t used = 0;
    pel_reader top = pel_der_reader(name);
    pel_reader r = pel_der_reader(pel_der_take(&top, PEL_DER_SEQUENCE));
    if (size)
        out[0] = '\0';
    while (pel_der_peek(&r) == PEL_DER_SET && used < size) {
        pel_reader set = pel_der_reader(pel_der_take(&r, PEL_DER_SET));
        while (pel_der_peek(&set) == PEL_DER_SEQUENCE && used < size)
            append_attribute(&set, out, size, &used);
    }
    return used;
}
