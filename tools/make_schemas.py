#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas of the documents, one file for each, complete in itself.

usage: make_schemas.py ROOT [--check]

Writes src/dump/schema/pelorus.*.json; with --check only compares, and exits with 1 when a file is
not what it should be. The structures of the PE format come from the tables that the library
itself is made of; what is around them is described here, in the order of the documents.
"""

import json
import os
import re
import sys

import schema_debug
import schema_disassembly
import schema_export
import schema_extract
import schema_load
import schema_metadata
import schema_objects
import schema_resources
import schema_runs
import schema_signatures
import schema_verify
from schema_clr import CLR, R2R_HELD
from schema_exceptions import exceptions
from schema_shapes import (ADDRESS, BOOLEAN, CALLBACK_SYMBOLS, END, ENTRY_POINT, HEAP, STACK, SYMBOL, a_list,
                           a_map, one_of, or_null, ref, text)
from schema_tables import TABLES, field, fields_of, rows_of

FOLDER = "src/dump/schema"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


# ---- values that all documents have in common; docs/output.md explains them ---


def numbers():
    for bits in (8, 16, 32, 64):
        most = (1 << bits) - 1
        value = ref(f"x{bits}")
        whole = {"type": "integer", "minimum": 0, "maximum": most}
        digits = bits // 4 - 1
        yield f"i{bits}", {"description": f"a number, {bits} bits", "type": "integer",
                           "minimum": -(most + 1) // 2, "maximum": most // 2}
        yield f"u{bits}", {"description": f"a count, {bits} bits", **whole}
        yield f"x{bits}", {
            "description": f"an address, offset, size or raw value, {bits} bits; with --hex a string",
            "anyOf": [whole, text("^0x(0|[1-9a-f][0-9a-f]{0,%d})$" % digits)]}
        yield f"named{bits}", a_map(
            {"value": value, "name": {"type": ["string", "null"], "minLength": 1}},
            "a value and its name, null when it has none")
        yield f"flags{bits}", a_map(
            {"value": value,
             "names": a_list({"type": "string", "minLength": 1}, uniqueItems=True),
             "unknown": value},
            "flags: the names of those that are set, and the bits that no name accounts for")
        yield f"time{bits}", a_map(
            {"value": value,
             "utc": or_null(text("^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z$"))},
            "seconds since 1970, and the same as a date, null when it is none")


def values():
    yield from numbers()
    yield "text", text(r"^([^\\]|\\\\|\\x[0-9a-f]{2})*$",
                       r"bytes of a file: \\ is a backslash, \xNN a byte that is not part of UTF-8")
    for name, digits in (("md5", 32), ("sha1", 40), ("sha256", 64)):
        yield name, text("^[0-9a-f]{%d}$" % digits)
    yield "entropy", {"description": "bits per byte", "type": "number", "minimum": 0, "maximum": 8}
    yield "ntstatus", text("^(STATUS_[A-Z0-9_]+|0x[0-9A-F]{8})$",
                           "an NTSTATUS by its name, or by its value if it has none")
    yield "rule", text("^[a-z0-9.-]+$", "a rule of the loader; stable, see pelorus explain")
    yield "protect", text(r"^PAGE_[A-Z_]+(\|PAGE_[A-Z_]+)*$")
    yield "where", one_of("section", "header", "zero-fill", "gap", "overlay", "unmapped")
    yield "place", {"description": "the path of a field: sections[3].SizeOfRawData",
                    "type": "string", "minLength": 1}
    yield "file", a_map(
        {"path": ref("text"), "size": ref("u64"), "md5": ref("md5"), "sha1": ref("sha1"),
         "sha256": ref("sha256"), "entropy": ref("entropy")},
        "the file that the document is about", ("md5", "sha1", "sha256", "entropy"))
    yield "import", a_map({
        "slot_rva": ref("x32"), "bound": ref("x64", "the word in the address table"),
        "ordinal": or_null(ref("u16")), "hint": or_null(ref("u16")), "name": or_null(ref("text")),
    }, "a function, by ordinal or by hint and name")
    yield "assembly", a_map({
        "name": ref("text"), "version": text("^[0-9]+([.][0-9]+){3}$"),
        "culture": or_null(ref("text")), "flags": ref("x32"),
        "key": or_null(ref("hex"), "public key, or its token"),
        "token": or_null(ref("hex"), "of the public key"),
    }, "of .NET")
    yield "diagnostics", a_list(a_map({
        "code": text("^[A-Z0-9_]+$", "stable, see pelorus explain"),
        "severity": one_of("info", "warning", "error"),
        "offset": or_null(ref("x64")),
        "field": or_null(ref("place")),
        "message": ref("text"),
    }), "what is wrong or odd with the file, in the order in which it was found")


# ---- structures, from the tables ----------------------------------------------

# What a dump adds to the map of a structure: before and behind its fields.
DLL_NAME = or_null(ref("text"), "of the DLL; null when it leads out of the image")
BEFORE = {
    "data_directory": {"name": text("^IMAGE_DIRECTORY_ENTRY_[A-Z_]+$")},
    "export_directory": {"Name": DLL_NAME},
    "import_descriptor": {"Name": DLL_NAME},
    "delay_descriptor": {"Name": DLL_NAME},
    "bound_descriptor": {"Name": DLL_NAME},
    **schema_debug.BEFORE,
    **schema_objects.BEFORE,
    **schema_metadata.BEFORE,
}
# What stands under a name of ours, because the name is that of what it leads to.
RENAMED = {("export_directory", "Name"): "NameRVA", ("import_descriptor", "Name"): "NameRVA"}

TOO_MANY = {"description": "there when the hash is null because there are more names than the file can mean",
            "enum": ["limit"]}
PLACE = {"VirtualAddress": ref("x32"), "Size": ref("x32"), "where": ref("where"),
         "section": or_null(ref("text"))}
FUNCTIONS = {"functions": a_list(ref("import")), **END}
BEHIND = {
    "export_directory": {
        "sorted": {"description": "the loader's search finds every name", **BOOLEAN},
        "functions": a_list(a_map({
            "ordinal": ref("u32"), "rva": ref("x32"), "forwarder": or_null(ref("text")),
            "name": or_null(ref("text")),
        })), **END,
    },
    "import_descriptor": FUNCTIONS,
    "delay_descriptor": FUNCTIONS,
    "cor20_header": CLR,
    "ready_to_run_header": {
        "machine": or_null(ref("named16"), "that it is compiled for: Machine without the system"),
        "os": or_null(text("."), "that it is compiled for; null for Windows"),
        "sections": a_list(ref("ready_to_run_section"))},
    "ready_to_run_section": R2R_HELD,
    "te_header": {"DataDirectory": a_list(ref("data_directory"), minItems=2, maxItems=2),
                  "bias": ref("x32", "what raw offsets of sections count too much")},
    "dos_relocation": {"target": ref("x64", "file offset of the word that is relocated")},
    "architecture_header": {"entries": a_list(ref("architecture_entry"))},
    "api_set_hash": {"valid": {"description": "it is that of the contract", **BOOLEAN}},
    "bound_descriptor": {"forwarders": a_list(ref("bound_forwarder"))},
    "bound_forwarder": {"Name": DLL_NAME},
    "win_certificate": {"signed_data": ref("signed_data")},
    "tls_directory": {"callbacks": a_list(ref("x64")), "callback_symbols": CALLBACK_SYMBOLS, **END},
    **schema_metadata.BEHIND,
    **schema_debug.BEHIND,
    **schema_objects.BEHIND,
    "optional_header": {"DataDirectory": a_list(ref("data_directory"), maxItems=16)},
    "section_header": {
        "long_name": ref("text", "from the string table; there when the file has such names"),
        "file_offset": or_null(ref("x64", "of the raw data, of terse images only")),
        "entropy": or_null(ref("entropy"),
                           "of the raw data; null when there was too much to look at"),
        "md5": or_null(ref("md5"), "of the raw data, as the next two"),
        "sha1": or_null(ref("sha1")), "sha256": or_null(ref("sha256")),
    },
}
# Fields that are not always there: PE32 only, or by what else the file has.
SOMETIMES = {"BaseOfData", "long_name", "file_offset", "end", "callback_symbols", *R2R_HELD, *schema_debug.DATA}


def structure(root, name):
    fields = {RENAMED.get((name, row["name"]), row["name"]): field(row)
              for row in rows_of(root, name) if row["show"] != "PAD"}
    shape = {**BEFORE.get(name, {}), **fields, **BEHIND.get(name, {})}
    optional = SOMETIMES | schema_metadata.OPTIONAL.get(name, set())
    if name in schema_metadata.SIZED:
        optional = set(shape) - {schema_metadata.SIZED[name]}
    return a_map(shape, optional=optional)


def structures(root):
    with open(os.path.join(root, TABLES, "schemas.def"), encoding="utf-8") as file:
        for name in re.findall(r"^X\((\w+),", file.read(), re.M):
            yield name, structure(root, name)


def overlay_kinds(root):
    with open(os.path.join(root, TABLES, "overlay_kind.def"), encoding="utf-8") as file:
        yield "overlay_kind", one_of(*re.findall(r'^X\(\w+,\s*"([^"]+)"', file.read(), re.M))


# ---- documents ----------------------------------------------------------------

HOSTED = {"importer": or_null(ref("text"), "null: all others"), "host": or_null(ref("text"))}


def api_sets(head, entry, value, *more):
    contract = a_map({
        "name": ref("text"), **fields_of(entry), **({"alias": ref("text"), "values_flags": ref("x32")}
                                                    if entry == "api_set_entry_v4" else {}),
        "hosts": a_list(a_map({**fields_of(value), **HOSTED})),
    })
    return a_map({**fields_of(head), "contracts": a_list(contract),
                  **{name: a_list(ref("api_set_hash")) for name in more}})


API_SETS = {"description": "of an apisetschema.dll, by version", "anyOf": [
    api_sets("api_set_namespace_v2", "api_set_entry_v2", "api_set_value_v2"),
    api_sets("api_set_namespace_v4", "api_set_entry_v4", "api_set_value"),
    api_sets("api_set_namespace", "api_set_entry", "api_set_value", "hashes"), {"type": "null"}]}

DUMP = {
    "file": ref("file"),
    "kind": one_of("unknown", "DOS", "NE", "LE", "LX", "TE", "PE", "PE32", "PE32+", "ROM",
                   *schema_objects.KINDS),
    "layout": {"description": "there when it is not that of a file", "const": "memory"},
    "dos_header": or_null(ref("dos_header")),
    "dos_relocations": a_map({
        "count": ref("u16"), "entries": a_list(ref("dos_relocation")), **END,
    }, "there when e_crlc is not 0", ("end",)),
    "dos_stub": a_map({
        "kind": one_of("none", "standard", "wine", "other"), "offset": ref("x64"), "size": ref("x64"),
        "entry": or_null(ref("x64"), "of its first instruction in the file"),
        "message": or_null(ref("text"), "that it prints"),
    }, "the DOS program, there with a DOS header"),
    "rich_header": or_null(a_map({
        "offset": ref("x32"), "size": ref("x32"), "key": ref("x32"), "checksum": ref("x32"),
        "valid": {"description": "key and checksum agree", **BOOLEAN},
        "entries": a_list(ref("rich_entry")),
    })),
    "nt_signature": or_null(ref("x32")),
    "te_header": ref("te_header", "UEFI terse executables only"),
    "file_header": or_null(ref("file_header")),
    "optional_header": {"anyOf": [ref("optional_header"), ref("rom_header"), {"type": "null"}]},
    **schema_objects.HEADERS,
    "sections": a_list(ref("section_header")),
    **schema_objects.BODY,
    "exports": ref("export_directory", "there when the file has the directory, as all below"),
    "imports": a_list(ref("import_descriptor")),
    "resources": ref("resources", "there when the file has the directory"),
    "exceptions": exceptions(END),
    "base_relocations": a_map({
        "count": ref("u64"),
        "blocks": a_list(a_map({
            "VirtualAddress": ref("x32"), "SizeOfBlock": ref("x32"),
            "entries": a_list(a_map({"type": ref("named8"), "rva": ref("x32")})),
        })),
        "end": {"enum": ["complete", "truncated", "malformed"]},
    }, "there when the file has the directory"),
    "debug": a_list(ref("debug_directory")),
    "architecture": a_map({"headers": a_list(ref("architecture_header")), **END}, optional=("end",)),
    "global_pointer": a_map({**PLACE, "gp": ref("x64", "at ImageBase")}),
    "tls": ref("tls_directory"),
    "load_config": ref("load_config"),
    "image_policy": or_null(ref("policy_metadata"),
                            "there when the file exports __ImagePolicyMetadata"),
    "bound_imports": a_list(ref("bound_descriptor")),
    "import_address_table": a_map({
        **PLACE, "slots": ref("u64"), "import_slots_inside": ref("u64"),
        "import_slots_outside": ref("u64", "slots of imports that it does not cover"), **END,
    }, optional=("end",)),
    "delay_imports": a_list(ref("delay_descriptor")),
    "clr": ref("cor20_header"),
    "ready_to_run": {"description": "of a composite image, which has no clr",
                     **or_null(ref("ready_to_run_header"))},
    "reserved_directory": a_map(PLACE, "directory 15, there when it is not 0"),
    "api_sets": API_SETS,
    "certificates": a_list(ref("win_certificate")),
    "signature": or_null(a_map({
        "status": ref("signature_status"),
        "trust_asked": {"description": "whether certificates to trust were named (--ca)", **BOOLEAN},
        "digest_algorithm": or_null(ref("oid")),
        "subject": or_null(ref("text"), "of the signer's certificate"),
        "self_signed": or_null(BOOLEAN, "whether that certificate names itself as its issuer"),
    }), "the first signer of the first entry that is PKCS#7: what Windows looks at"),
    "coff_symbols": schema_debug.SYMBOLS,
    "line_numbers": schema_debug.LINES,
    "disassembly": schema_disassembly.DISASSEMBLY,
    "overlay": or_null(a_map({
        "offset": ref("x64"), "size": ref("x64"), "entropy": ref("entropy"),
        "md5": ref("md5"), "sha1": ref("sha1"), "sha256": ref("sha256"),
        "parts": a_list(a_map({
            "looks_like": ref("overlay_kind"), "offset": ref("x64"), "size": ref("x64"),
            "marker": or_null(ref("x64"), "where the bytes lie that it is known by"),
            "meaning": text(".", "the same in words"),
        }), "what it looks like, from part to part"),
    })),
    "hashes": a_map({
        "imphash": or_null(ref("md5"), "of the imports"), "imphash_end": TOO_MANY,
        "exphash": or_null(ref("md5"), "of the names of the exports"),
        "exphash_sha256": or_null(ref("sha256"), "the same with SHA-256"), "exphash_end": TOO_MANY,
        "rich_hash": or_null(ref("md5")),
        "authentihash": or_null(a_map({"sha1": or_null(ref("sha1")),
                                       "sha256": or_null(ref("sha256"))}),
                                "of all bytes that a signature of the file covers"),
        "first_page_hash": or_null(a_map({"sha1": or_null(ref("sha1")),
                                          "sha256": or_null(ref("sha256"))}),
                                   "of the headers, up to 4 KiB, without what signatures do not cover"),
        "checksum": or_null(a_map({"header": ref("x32"), "computed": ref("x32")})),
    }, optional=("imphash_end", "exphash_end")),
    "diagnostics": ref("diagnostics"),
}
DUMP |= {**schema_objects.archive(), "diagnostics": DUMP.pop("diagnostics")}

CHECK = {
    "file": ref("file"),
    "windows": one_of("xp", "7", "8", "10", "11", "uefi"),
    "host": one_of("x86", "x64", "arm64"),
    "verdict": one_of("loads", "refused"),
    "status": text("^(STATUS_[A-Z0-9_]+|EFI_[A-Z_]+|0x[0-9A-F]{8})$",
                   "what the stage that refuses answers: an NTSTATUS, or a status of UEFI"),
    "stage": or_null(one_of("section", "process", "load"), "who refuses; null when it loads"),
    "rule": or_null(ref("rule"), "the rule that refuses the file"),
    "certainty": one_of("verified", "documented", "inferred", "unknown"),
    "doubt": or_null(ref("text"), "what speaks against the rule, or is open about it"),
    "offset": or_null(ref("x64")),
    "field": or_null(ref("place")),
    "message": ref("text"),
    "section_image_information": or_null(ref("section_image_information")),
    "section_basic_information": or_null(ref("section_basic_information")),
    "diagnostics": ref("diagnostics"),
}


def with_verdict(verdict, rule):
    """What else holds for one of the two verdicts."""
    return {
        "if": {"properties": {"verdict": {"const": verdict}}, "required": ["verdict"]},
        "then": {"properties": {"rule": {"type": rule}, "stage": {"type": rule}}},
    }


def with_information(kind):
    return {"properties": {"section_image_information": {"type": kind},
                           "section_basic_information": {"type": kind}}}


# UEFI has no sections, and Windows none of a file that is refused before there is one.
NO_SECTION = {"anyOf": [
    {"properties": {"windows": {"const": "uefi"}}, "required": ["windows"]},
    {"properties": {"stage": {"const": "section"}}, "required": ["stage"]},
]}

VERDICTS = [
    with_verdict("loads", "null"), with_verdict("refused", "string"),
    {"if": NO_SECTION, "then": with_information("null"),
     "else": {"if": {"required": ["stage"]}, "then": with_information("object")}},
]

SPACE_REGION = {
    "va": ref("x64"), "size": ref("x64"),
    "state": one_of("MEM_FREE", "MEM_RESERVE", "MEM_COMMIT"),
    "protect": or_null(ref("protect")), "alloc_protect": or_null(ref("protect")),
    "type": one_of("MEM_PRIVATE", "MEM_MAPPED", "MEM_IMAGE", "0"),
}
IMAGE_REGION = {
    "va": ref("x64"), "rva": ref("x64"), **SPACE_REGION,
    "section": or_null(ref("text"), "the section at its start"),
    "sections": a_list(ref("text"), "all sections that lie in it"),
}

ASLR = or_null(a_map({"seed": ref("u64"), "randomized": BOOLEAN}),
               "with --aslr: its seed, and whether the base was drawn from it")

MAP = {
    "file": ref("file"),
    "status": ref("ntstatus"),
    "rule": or_null(ref("rule"), "the rule that refuses the file"),
    "message": or_null(ref("text"), "why there is no process, or why Windows would not make it"),
    "hypothetical": {"description": "laid out although Windows refuses the file", **BOOLEAN},
    "base": ADDRESS, "preferred_base": ADDRESS, "aslr": ASLR,
    "relocated": BOOLEAN, "header_rewritten": BOOLEAN,
    "size_of_image": ADDRESS,
    "entry_point": ENTRY_POINT,
    "regions": a_list(a_map(IMAGE_REGION), "of the image, as VirtualQuery tells them"),
    "stack": STACK,
    "heap": HEAP,
    "address_space": a_list(a_map(SPACE_REGION), "the whole space but what is free"),
    "diagnostics": ref("diagnostics"),
}

PLACE = one_of("not committed", "demand zero", "working set", "frame", "page file", "file")

TRANSLATE = {
    "file": ref("file"),
    "base": ref("x64"), "aslr": ASLR,
    "results": a_list(a_map({
        "rva": or_null(ref("x32")), "va": ADDRESS, "offset": ADDRESS,
        "where": ref("where"),
        "section": or_null(ref("text")),
        "protect": or_null(ref("protect")),
        "symbol": or_null(SYMBOL),
        "offsets": a_list(ref("x64"), "all file offsets of the address"),
        "rvas": a_list(ref("x32"), "all RVAs of the address, the first 1000 of them"),
        "walk": or_null(a_map({
            "paging": one_of("x64", "la57", "pae", "x86"),
            "before": or_null(PLACE),
            "access": or_null(ref("ntstatus")), "cr3": ref("x64"),
            "steps": a_list(a_map({
                "name": one_of("PML5E", "PML4E", "PDPTE", "PDE", "PTE"), "index": ref("u32"),
                "table": ref("x64"), "address": ref("x64"), "entry": ref("x64"),
                "bits": text("^[A-Za-z0-9_| ]+$"),
            }), maxItems=5),
            "physical": ADDRESS,
            "contents": or_null(a_map({
                "place": PLACE, "protect": or_null(ref("protect")),
                "list": or_null(one_of("zeroed", "free", "standby", "modified",
                                       "modified-no-write", "bad", "active", "transition")),
                "frame": ADDRESS, "page_file": ADDRESS, "slot": ADDRESS,
                "shared": {"type": "boolean"}, "modified": {"type": "boolean"},
            }), "where the page is after that"),
        }), "with --walk: the page tables after the page was touched"),
    }, optional=("walk",)), "one for each address, in order; what does not exist is null"),
}

AT = {
    "file": ref("file"),
    "offset": ref("x64"),
    "where": ref("where"),
    "section": or_null(ref("text")),
    "rva": or_null(ref("x32")),
    "structure": or_null(text("^[A-Z0-9_]+$"), "the structure that the byte belongs to"),
    "field": or_null(ref("place")),
    "field_offset": ref("x64"), "field_size": ref("u32"),
    "value": ADDRESS,
    "meaning": {"type": "string"},
}

DOCUMENTS = {
    "dump": (DUMP, "The file as it is: pelorus dump. Structures that it does not have are null."),
    "check": (CHECK, "Would Windows load the file? pelorus check."),
    "map": (MAP, "The memory map of a process of the file: pelorus map. Where nothing was mapped, "
                 "addresses are null and lists empty."),
    "translate": (TRANSLATE, "Addresses on every number line: pelorus translate."),
    "at": (AT, "What owns one byte of the file: pelorus dump --at=OFFSET."),
}


def documents(root):
    yield from DOCUMENTS.items()
    yield from schema_export.documents()
    yield from schema_extract.documents(root)
    yield from schema_load.documents(root)
    yield from schema_runs.documents(root)
    yield from schema_verify.documents(root)


def used(shape, defs):
    """The names of all definitions that a shape needs, those of those among them; some need
    themselves."""
    names, left = set(), [shape]
    while left:
        new = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(left.pop()))) - names
        names |= new
        left += [defs[name] for name in new]
    return names


def schema(name, document, defs):
    properties, description = document
    document = {
        "$schema": DRAFT,
        "title": f"pelorus.{name}/1",
        "description": description + " With --only there is `schema`, and what was asked for.",
        "type": "object",
        "properties": {"schema": {"const": f"pelorus.{name}/1"}, **properties},
        "required": ["schema"],
        "additionalProperties": False,
    }
    if name == "check":
        document["allOf"] = VERDICTS
    needed = used(document, defs)
    document["$defs"] = {key: shape for key, shape in defs.items() if key in needed}
    return json.dumps(document, indent=2) + "\n"


def main(root, check):
    defs = {**dict(values()), **dict(schema_signatures.values()), **dict(structures(root)),
            **dict(overlay_kinds(root)),
            **schema_resources.definitions(lambda name: structure(root, name)["properties"]),
            "content": schema_objects.content(DUMP)}
    wrong = 0
    for name, document in documents(root):
        path = os.path.join(root, FOLDER, f"pelorus.{name}-1.json")
        wanted = schema(name, document, defs)
        if not check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(wanted)
            continue
        with open(path, encoding="utf-8") as file:
            if file.read() != wanted:
                print(f"{path}: not up to date, run tools/make_schemas.py")
                wrong = 1
    return wrong


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3 or sys.argv[2:] not in ([], ["--check"]):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], len(sys.argv) == 3))
