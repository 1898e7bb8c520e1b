# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas of what is no image: objects, import objects, separate debug files, archives."""

from schema_shapes import BOOLEAN, END, a_list, a_map, one_of, or_null, ref, text

KINDS = ("COFF object", "big object", "anonymous object", "import object", "archive", "thin archive",
         "separate debug")
ROLES = ("file", "first linker member", "second linker member", "long names", "EC symbols", "hybrid map",
         "64-bit symbols")

# What a dump adds to structures.
BEFORE = {"archive_member": {"offset": ref("x64", "of the header")}}
BEHIND = {
    "anon_object": {
        "class": or_null(one_of("big object", "LTCG"), "by ClassID"),
        "data_offset": ref("x64"), "data_size": ref("x64", "bytes of them that the file has"),
    },
    "import_object": {
        "Type": ref("named8", "bits 0 and 1 of TypeBits"), "NameType": ref("named8", "bits 2 to 4"),
        "Reserved": ref("x16", "bits 5 to 15"),
        "symbol": or_null(ref("text"), "that objects refer to"), "dll": or_null(ref("text")),
        "export_as": or_null(ref("text"), "the third name, with IMPORT_OBJECT_NAME_EXPORTAS"),
        "import_name": or_null(ref("text"), "that the loader looks for; null: by ordinal"), **END,
    },
    "archive_member": {
        "role": one_of(*ROLES), "data_offset": ref("x64"),
        "data_size": ref("x64", "bytes of it that the archive has"),
        "kind": or_null(text("."), "of a file what it is"),
        "import": or_null(ref("text"), "the symbol of an import object"),
        "name": ref("text", "in full"),
    },
}

RELOCATIONS = a_list(a_map({
    "SectionNumber": ref("u32"), "section": or_null(ref("text")), "count": ref("u64"),
    "extended": {"description": "the first record has the count", **BOOLEAN},
    "entries": a_list(a_map({
        "VirtualAddress": ref("x32"), "SymbolTableIndex": ref("u32"), "Type": ref("named16"),
        "symbol": or_null(ref("text")),
    })), **END,
}, optional=("end",)), "there when a section of an object has relocations")

COMDATS = a_list(a_map({
    "SectionNumber": ref("u32"), "section": or_null(ref("text")), "Selection": ref("named8"),
    "CheckSum": ref("x32"), "associated": or_null(ref("u32"), "the section that it goes with"),
    "symbol": or_null(ref("text"), "that it is chosen by"),
}), "there when a section of an object is COMDAT")


def index(description, numbered):
    number = {"index": ref("u16", "of the member in the table of offsets, from 1")} if numbered else {}
    return a_map({
        "offset": ref("x64"), "members": ref("u32"), "count": ref("u32"),
        "symbols": a_list(a_map({
            **number, "offset": or_null(ref("x32"), "of the member"),
            "member": or_null(ref("u32"), "its index in members"), "name": ref("text"),
        })), **END,
    }, description, ("end",))


# Of an object, between its header and its sections, and what comes behind them.
HEADERS = {
    "anon_object_header": ref("anon_object", "big objects and other anonymous objects only"),
    "import_object": ref("import_object", "import objects only"),
    "variant": one_of("DI", "DI, big endian", "NI", "NI, big endian"),
    "separate_debug": or_null(ref("separate_debug"), "null for variants that are not decoded"),
}
BODY = {
    "directives": a_list(ref("text"), "options for the linker, there when an object has any"),
    "comdats": COMDATS, "relocations": RELOCATIONS,
    "exported_names": a_list(ref("text"), "separate debug files only"),
}


def content(dump):
    """A member of an archive: what a dump of it has, without the file."""
    parts = {key: shape for key, shape in dump.items() if key not in ("file", "kind", "layout")}
    head = {"member": ref("u32"), "name": ref("text"), "kind": text(".")}
    return a_map({**head, **parts, "contents": a_list(ref("content")), **END}, optional=(*parts, "contents", "end"))


def archive():
    return {
        "members": a_list(ref("archive_member"), "archives only, as all below"),
        "first_linker_member": index("there when the archive has it, as all below", False),
        "second_linker_member": index("in the order of names", True),
        "ec_symbols": index("of ARM64EC", True),
        "long_names": a_map({"offset": ref("x64"), "size": ref("x64")}),
        "hybrid_map": a_map({"offset": ref("x64"), "size": ref("x64"),
                             "bytes": text("^([0-9a-f]{2}){0,128}$", "the first 128 of them")}),
        "contents": a_list(ref("content"), "each file in the archive once more, as a document of its own"),
    }
