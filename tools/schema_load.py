# SPDX-License-Identifier: Apache-2.0
"""The document of a process with its DLLs, for make_schemas.py: pelorus.load."""

import os
import re

from schema_shapes import (ADDRESS, BOOLEAN, CALLBACK_SYMBOLS, ENTRY_POINT, HEAP, STACK, SYMBOL, a_list,
                           a_map, names_of, one_of, or_null, ref)

MODULE = {
    "name": ref("text"),
    "path": or_null(ref("text"), "of its file; null for the program"),
    "base": ref("x64"), "preferred_base": ref("x64"), "size": ref("x64"),
    "entry_point": ENTRY_POINT,
    "relocated": BOOLEAN,
    "init_order": or_null(ref("u32"), "when it is initialised, from 0; null: never"),
    "bound": BOOLEAN,
    "called": {"description": "the loader calls its entry point", **BOOLEAN},
    "tls_slot": or_null(ref("u32")),
    "security_cookie": or_null(a_map({"va": ref("x64"), "value": ref("x64")}), "that was set"),
    "cfg": or_null(a_map({"functions": ref("u64"), "bitmap_offset": ref("x64"),
                          "bitmap_size": ref("x64")}),
                   "its part of the bitmap of Control Flow Guard, which is not made"),
}

BINDING = {
    "module": ref("text", "that imports"),
    "kind": one_of("import", "bound", "delay", "stub"),
    "slot_rva": ref("x32"), "slot_va": ref("x64"),
    "dll": ref("text", "as the import names it"),
    "name": or_null(ref("text")), "ordinal": or_null(ref("u32")),
    "target_module": or_null(ref("text")), "target_rva": ADDRESS, "target_va": ref("x64"),
    "target_symbol": or_null(SYMBOL, "what the module that has it calls the target"),
    "forwarded_through": a_list(ref("text"), "forwarders, in their order"),
}

MISSING = {
    "status": ref("ntstatus"),
    "module": ref("text", "that imports"),
    "dll": ref("text"),
    "name": or_null(ref("text")), "ordinal": or_null(ref("u32")),
    "forwarder": or_null(ref("text"), "the last one on the way"),
    "delayed": {"description": "by a delay import", **BOOLEAN},
    "rule": or_null(ref("rule"), "that the file of the DLL breaks"),
    "message": or_null(ref("text"), "why the DLL that was found cannot be used"),
}

FAILURE = {
    "status": ref("ntstatus"),
    "step": {"description": "what the loader was at",
             **one_of("map", "imports", "tls-index", "bind", "security-cookie", "tls-template")},
    "module": ref("text", "whose"),
    "va": or_null(ref("x64"), "that it wrote to or read from"),
    "rule": or_null(ref("rule"), "that the file of the module breaks"),
    "message": or_null(ref("text"), "why that file cannot be mapped"),
}

TLS = {
    "array": or_null(ref("x64"), "ThreadLocalStoragePointer of the first thread"),
    "slots": a_list(a_map({
        "slot": ref("u32"), "module": ref("text"),
        "block": or_null(ref("x64"), "of the first thread"),
        "callbacks": a_list(ref("x64")), "callback_symbols": CALLBACK_SYMBOLS,
        "called": {"description": "the callbacks, before the entry point", **BOOLEAN},
    }, optional=("callback_symbols",))),
}

FURNITURE = ("peb", "teb", "ldr", "parameters", "shared_data")

REGION = {
    "va": ref("x64"), "size": ref("x64"),
    "state": one_of("MEM_RESERVE", "MEM_COMMIT"),
    "protect": or_null(ref("protect")), "alloc_protect": or_null(ref("protect")),
    "type": one_of("MEM_PRIVATE", "MEM_MAPPED", "MEM_IMAGE"),
    "module": or_null(ref("text")),
}


KINDS = {"U8": "x8", "U16": "x16", "U32": "x32", "U64": "x64", "NAT": "x64"}
LIST = a_map({"Flink": ref("x64"), "Blink": ref("x64")})
STRING = a_map({"Length": ref("u16"), "MaximumLength": ref("u16"), "Buffer": ref("x64"),
                "text": or_null(ref("text"))})
NAMED = {("ENTRY", "Flags"): "flags32", ("ENTRY", "LoadReason"): "named32", ("PEB", "BitField"): "flags8",
         ("PEB", "ImageSubsystem"): "named32"}
MEMBER = re.compile(r"^F\((\w+), (\w+),\s+0x\w+,\s+0x\w+,\s+(\w+),\s+(\w+),\s+(\w+),", re.M)


def part(root, structure, doc):
    """A structure of a process: all of its members that some Windows has."""
    with open(os.path.join(root, "include/pelorus/tables/process.def"), encoding="utf-8") as file:
        rows = [m.groups() for m in MEMBER.finditer(file.read())]
    members, optional = {}, []
    for name, member, kind, since, until in rows:
        if name != structure or kind.startswith(("WCHAR", "BYTES", "TIME")):
            continue
        member = member.removesuffix("7")
        if (since, until) != ("XP", "W11"):
            optional.append(member)
        members[member] = (
            LIST if kind == "LIST" else STRING if kind == "STRING" else
            a_list(ref("x64"), minItems=3, maxItems=3) if kind == "NAT3" else
            a_list(ref("x32"), minItems=2, maxItems=2) if kind == "PAIR" else
            ref(NAMED.get((name, member), KINDS[kind])))
    return a_map({"va": ref("x64"), **members}, doc, tuple(optional))


def parts(root):
    return {
        "peb": or_null(part(root, "PEB", "read back from memory, as all below")),
        "teb": or_null(part(root, "TEB", "of the first thread")),
        "ldr": or_null(part(root, "LDR", "PEB_LDR_DATA")),
        "ldr_entries": a_list(part(root, "ENTRY", "LDR_DATA_TABLE_ENTRY"), "in load order"),
        "process_parameters": or_null(part(root, "PARAMETERS", "RTL_USER_PROCESS_PARAMETERS")),
    }


def load(root):
    counters = names_of(root, "include/pelorus/tables/counters.def", r"^X\((\w+),")
    return {
        "file": ref("file"),
        "status": ref("ntstatus"),
        "rule": or_null(ref("rule"), "the rule that refuses the program"),
        "message": or_null(ref("text"), "why there is no process"),
        "machine": a_map({"paging": one_of("x64", "la57", "pae", "x86"), "ram_size": ref("x64")}),
        "api_sets": or_null(a_map({"source": one_of("schema", "built-in"),
                                   "version": or_null(ref("u32"))})),
        "modules": a_list(a_map(MODULE), "in load order; the first is the program"),
        "bindings": a_list(a_map(BINDING), "every slot that the loader accounts for"),
        "missing": a_list(a_map(MISSING), "what is imported and not there"),
        "failure": or_null(a_map(FAILURE),
                           "where the loader failed, when it was not for what is missing"),
        "stack": STACK, "heap": HEAP,
        "tls": or_null(a_map(TLS)),
        "furniture": or_null(a_map({name: ref("x64") for name in FURNITURE}),
                             "what the program finds in its process"),
        "context": or_null(a_map({"pc": ref("x64"), "sp": ref("x64")}),
                           "of the first thread, before its first instruction"),
        "regions": a_list(a_map(REGION), "the whole space but what is free"),
        **parts(root),
        "counters": a_map({name: ref("u64") for name in counters}),
        "diagnostics": ref("diagnostics"),
    }


def documents(root):
    yield "load", (load(root), "A process with its DLLs: pelorus load. Where there is none, lists are "
                               "empty.")
