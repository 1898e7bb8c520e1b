# SPDX-License-Identifier: Apache-2.0
"""The document of a process with its DLLs, for make_schemas.py: pelorus.load."""

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
        "stack": STACK, "heap": HEAP,
        "tls": or_null(a_map(TLS)),
        "furniture": or_null(a_map({name: ref("x64") for name in FURNITURE}),
                             "what the program finds in its process"),
        "context": or_null(a_map({"pc": ref("x64"), "sp": ref("x64")}),
                           "of the first thread, before its first instruction"),
        "regions": a_list(a_map(REGION), "the whole space but what is free"),
        "counters": a_map({name: ref("u64") for name in counters}),
        "diagnostics": ref("diagnostics"),
    }


def documents(root):
    yield "load", (load(root), "A process with its DLLs: pelorus load. Where there is none, lists are "
                               "empty.")
