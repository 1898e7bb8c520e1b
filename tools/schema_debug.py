# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas of debug information: what the debug directory has behind each entry, COFF
symbols, line numbers, and names of addresses."""

from schema_shapes import BOOLEAN, END, a_list, a_map, one_of, or_null, ref, text

DIGITS = text("^([0-9a-f]{2}){0,128}$", "bytes, the first 128 of them")
GUID = or_null(text("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"))

# Of each entry one of these, by its type; "bytes" for types that nobody described.
DATA = {
    "coff": or_null(ref("coff_symbols_header")),
    "codeview": a_map({
        "Signature": ref("named32"), "Guid": GUID, "Offset": ref("x32"),
        "TimeDateStamp": or_null(ref("time32")), "Age": ref("u32"),
        "PdbFileName": or_null(ref("text"), "as the linker wrote it: never to be trusted"),
        "symbol_id": or_null(text("^[0-9A-Fa-f]+$"), "folder of the PDB on a symbol server"),
    }),
    "fpo": a_list(ref("fpo_data")),
    "misc": ref("debug_misc"),
    "fixups": a_list(ref("fixup_data")),
    "omap": a_list(ref("omap_entry")),
    "clsid": GUID,
    "vc_feature": or_null(ref("vc_feature")),
    "pogo": a_map({
        "Signature": ref("named32"),
        "groups": a_list(a_map({"rva": ref("x32"), "size": ref("x32"), "name": ref("text")})),
        **END,
    }, optional=("end",)),
    "repro": a_map({"hash": or_null(DIGITS)}),
    "embedded_pdb": a_map({"valid": BOOLEAN, "uncompressed": ref("x32"), "compressed": ref("x64")}),
    "pdb_checksum": a_map({"algorithm": or_null(ref("text")), "digest": DIGITS}),
    "ex_dll_characteristics": or_null(ref("flags32")),
    "perfmap": a_map({"valid": BOOLEAN, "signature": DIGITS, "version": ref("u32"),
                      "path": ref("text")}),
    "bytes": DIGITS,
}

# What a dump adds behind the fields of structures.
BEHIND = {
    "debug_directory": {
        "found_by": or_null(one_of("offset", "rva"), "which address the data were found at"),
        "found": ref("x64", "bytes of the data that the file has"),
        **DATA,
    },
    "debug_misc": {"name": ref("text", "hexadecimal digits where it is UTF-16")},
}

RECORDS = {"aux_functions": "aux_function", "aux_bf_ef": "aux_bf_ef", "aux_weak": "aux_weak",
           "aux_sections": "aux_section", "aux_tokens": "aux_token"}
BEFORE = {name: {"symbol": ref("u32", "index of the symbol that it belongs to")}
          for name in RECORDS.values()}

SYMBOLS = a_map({
    "offset": ref("x32"), "count": ref("u32", "records, auxiliary ones included"),
    "string_table": a_map({"offset": ref("x64"), "size": ref("x64")}),
    "symbols": a_list(a_map({
        "index": ref("u32"), "Value": ref("x32"), "SectionNumber": ref("u32"),
        "Type": ref("flags16"), "StorageClass": ref("named8"),
        "aux": ref("u8", "NumberOfAuxSymbols"),
        "section": or_null(ref("text"), "or undefined, absolute, debug"),
        "rva": or_null(ref("x32")), "Name": or_null(ref("text")),
    })),
    "files": a_list(a_map({"symbol": ref("u32"), "FileName": ref("text")})),
    **{key: a_list(ref(name)) for key, name in RECORDS.items()},
    "aux_other": a_list(a_map({"symbol": ref("u32"), "bytes": DIGITS}),
                        "records that nobody described, there when there are any"),
    **END,
}, "there when the file has COFF symbols", ("aux_other", "end"))

LINES = a_list(a_map({
    "section": or_null(ref("text"), "null in a separate debug file"), "lines": a_list(ref("line_number")), **END,
}, optional=("end",)), "there when a section has line numbers")

