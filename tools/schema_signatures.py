# SPDX-License-Identifier: Apache-2.0
"""What make_schemas.py needs for signatures; docs/output.md explains them."""

from schema_shapes import a_list, a_map, one_of, or_null, ref, text


def values():
    yield "signature_status", {"description": "how a signature stands", **one_of(
        "malformed", "unsupported", "limit", "digest-mismatch", "no-certificate", "bad-signature",
        "untrusted", "expired", "intact", "valid")}
    yield "oid", {"description": "an object identifier: its name if we know one, else its numbers",
                  "type": "string"}
    yield "hex", text("^([0-9a-f]{2})+$", "bytes")
    date = or_null(ref("time64"))
    whose = {"subject": or_null(ref("text"), "of its certificate; null when that is not there"),
             "issuer": or_null(ref("text")), "serial": or_null(ref("hex")),
             "digest_algorithm": or_null(ref("oid")), "signature_algorithm": or_null(ref("oid"))}
    yield "timestamp", a_map({"kind": one_of("pkcs9", "rfc3161"), "status": ref("signature_status"),
                              "time": date, **whose})
    yield "x509", a_map({
        "subject": or_null(ref("text")), "issuer": or_null(ref("text")),
        "serial": or_null(ref("hex")), "not_before": date, "not_after": date,
        "sha1": ref("sha1"), "sha256": ref("sha256")},
        "a certificate; all but the thumbprints null when it is malformed")
    yield "signer", a_map({
        "status": ref("signature_status"), **whose,
        "program": or_null(a_map({"name": or_null(ref("text")), "url": or_null(ref("text"))}),
                           "what the publisher says of the program"),
        "signing_time": date,
        "timestamps": a_list(ref("timestamp")),
        "nested": a_list(a_map({"signed_data": ref("signed_data")})),
    })
    yield "signed_data", or_null(a_map({
        "size": ref("x64"), "content_type": or_null(ref("oid")),
        "digest": or_null(a_map({
            "algorithm": or_null(ref("oid")), "signed": or_null(ref("hex")),
            "computed": or_null(ref("hex")),
            "pages": a_map({
                "algorithm": ref("oid"), "count": ref("u32"),
                "entries": a_list(a_map({
                    "PageOffset": ref("x32"), "Digest": or_null(ref("hex")),
                    "computed": or_null(ref("hex"), "null for the last, and for what is not there"),
                })),
                "differing": ref("u64", "pages whose digest is another"),
            }),
        }, optional=("pages",)), "of the file"),
        "signers": a_list(ref("signer")), "certificates": a_list(ref("x509")),
    }), "PKCS#7; null when the entry is something else, or malformed")
