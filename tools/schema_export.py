# SPDX-License-Identifier: Apache-2.0
"""The documents of replays and exports, for make_schemas.py: pelorus.replay, .export."""

from schema_shapes import ADDRESS, BOOLEAN, a_list, a_map, one_of, or_null, ref, text

POLICY = one_of("windows", "fifo", "lru", "clock", "aging", "wsclock", "opt")

REPLAY = {
    "trace": ref("text", "the path of the trace"),
    "page_size": or_null(ref("x64"), "in bytes; null when the trace has page numbers"),
    "accesses": ref("u64"),
    "pages": ref("u64", "distinct pages"),
    "policies": a_list(a_map({
        "policy": POLICY,
        "curve": a_list(a_map({
            "frames": ref("u64"),
            "faults": ref("u64", "the page was not in RAM"),
            "soft": ref("u64", "windows: not in the working set, but on standby; no fault"),
            "writes": ref("u64", "pages that were dirty when they left"),
            "fault_rate": {"description": "faults for each access", "type": "number",
                           "minimum": 0, "maximum": 1},
        }), "ascending by frames"),
    })),
    "anomalies": a_list(a_map({
        "policy": POLICY, "frames": ref("u64"), "faults": ref("u64"),
        "more_frames": ref("u64"), "more_faults": ref("u64"),
    }), "every pair where more frames had more faults (Belady's anomaly)"),
}

WRITTEN = {"path": ref("text"), "size": ref("x64")}

EXPORT = {
    "file": ref("file"),
    "status": ref("ntstatus"),
    "rule": or_null(ref("rule"), "the rule that refuses the file"),
    "message": or_null(ref("text"), "why there is no process, or why Windows would not make it"),
    "hypothetical": {"description": "written although Windows refuses the file", **BOOLEAN},
    "base": ADDRESS,
    "paging": or_null(one_of("x64", "la57", "pae", "x86")),
    "ram": or_null(ref("x64"), "of the machine, bytes"),
    "registers": or_null(a_map({name: ref("x64") for name in ("cr0", "cr3", "cr4", "efer")}),
                         "of a processor that sees the process"),
    "touched": or_null(a_map({
        "pages": one_of("all", "entry", "none"),
        "read": ref("u64"), "written": ref("u64"), "refused": ref("u64"), "left": ref("u64"),
    }), "pages that were made resident first"),
    "mapped": or_null(ref("u64"), "pages with a valid entry"),
    "physmem": or_null(a_map({
        **WRITTEN, "qemu": or_null(ref("text"), "a command line to look at it"),
    }), "the RAM that was written"),
    "minidump": or_null(a_map({
        **WRITTEN, "threads": ref("u32"), "regions": ref("u64"),
        "ranges": ref("u64", "regions that are committed"),
        "memory": ref("x64", "bytes of memory in the file"),
        "unreadable": ref("u64", "pages that could not be read, and are zero in the file"),
        "modules": a_list(a_map({
            "name": ref("text"), "base": ref("x64"), "size": ref("x32"), "checksum": ref("x32"),
            "timestamp": ref("time32"),
        })),
        "streams": a_list(a_map({
            "name": text("^[A-Za-z0-9]+Stream$"), "type": ref("u32"), "offset": ref("x32"),
            "size": ref("x32"),
        })),
    }), "the minidump that was written"),
    "pages": a_list(a_map({
        "va": ref("x64"), "pa": ref("x64"), "protect": ref("protect"),
        "type": one_of("MEM_PRIVATE", "MEM_MAPPED", "MEM_IMAGE"),
        "entry": ref("x64", "its page-table entry"),
    }), "with --pages: every page with a valid entry, by address"),
}


def documents():
    yield "export", (EXPORT, "Simulated memory written to files: pelorus export. Where there is no process, "
                             "all about it is null.")
    yield "replay", (REPLAY, "Faults of replacement policies over numbers of frames: pelorus replay.")
