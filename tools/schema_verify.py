# SPDX-License-Identifier: Apache-2.0
"""The document of a module in memory beside its file, for make_schemas.py: pelorus.verify."""

from schema_shapes import BOOLEAN, SYMBOL, a_list, a_map, one_of, or_null, ref, text

HEX_BYTES = text("^([0-9a-f]{2}( [0-9a-f]{2})*)?$", "the first of them, 16 at most")

VERIFY = {
    "file": ref("file"),
    "against": a_map({
        "path": ref("text"), "kind": one_of("raw", "minidump"),
        "cut": {"description": "streams name places behind the end of the file", **BOOLEAN},
    }, "the memory"),
    "base": ref("x64", "where the module is"),
    "base_source": one_of("option", "module", "header", "relocations", "file"),
    "module": or_null(a_map({
        "name": ref("text"), "base": ref("x64"), "size": ref("x32"), "checksum": ref("x32"),
        "timestamp": ref("time32"),
    }), "as the minidump lists it"),
    "status": one_of("equal", "differs", "replaced", "nothing"),
    "summary": a_map({
        "pages_compared": ref("u64", "pages that have a byte in the dump"),
        "pages_equal": ref("u64", "what is explained among them, changed data not"),
        "pages_replaced": ref("u64", "more than half of the bytes differ and are not just zeros"),
        "pages_missing": ref("u64", "pages of the image that are not in the dump"),
        "bytes_compared": ref("u64"), "bytes_differ": ref("u64"),
        "bytes_changed": ref("u64", "in writable data"),
        "headers_differ": {"description": "beyond ImageBase", **BOOLEAN},
        "differences": ref("u64"), "left_out": ref("u64", "of them, those that are not listed"),
    }),
    "explained": a_map({
        "relocations": ref("u64"), "iat": ref("u64"), "header": ref("u64", "ImageBase"),
        "cookie": ref("u64"), "tls_index": ref("u64"), "guard": ref("u64"),
    }, "how many places are as the loader makes them, and not as the file has them"),
    "differences": a_list(a_map({
        "kind": one_of("header", "hook", "breakpoint", "patch", "import", "unrelocated", "zeroed",
                       "unpacked", "replaced"),
        "section": or_null(ref("text")),
        "rva": ref("x32"), "va": ref("x64"), "offset": or_null(ref("x64")), "size": ref("x64"),
        "differ": ref("u64", "bytes that do; equal ones may lie between them"),
        "symbol": or_null(SYMBOL),
        "file_bytes": HEX_BYTES, "memory_bytes": HEX_BYTES,
        "target": or_null(a_map({
            "va": ref("x64"), "module": or_null(ref("text")), "rva": or_null(ref("x64")),
            "inside": {"description": "in the image itself", **BOOLEAN},
            "symbol": or_null(SYMBOL, "of a target in the image itself"),
        }), "where it leads"),
        "entropy": or_null(a_map({"file": ref("entropy"), "memory": ref("entropy")}),
                           "of whole pages, the mean"),
    }), "by rising RVA"),
    "changed_data": a_list(a_map({
        "section": or_null(ref("text")), "rva": ref("x32"), "size": ref("x64"),
        "differ": ref("u64"),
    }), "one for each writable section without code that changed"),
    "missing": a_list(a_map({"rva": ref("x32"), "va": ref("x64"), "size": ref("x64")}),
                      "runs of pages that are not in the dump"),
    "diagnostics": ref("diagnostics", "of the file"),
}


def documents(_):
    yield "verify", (VERIFY, "A module in memory beside its file: pelorus verify.")
