# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema of disassembled code."""

from schema_shapes import ADDRESS, SYMBOL, a_list, a_map, one_of, or_null, ref, text

DISASSEMBLY = or_null(a_list(a_map({
    "rva": ref("x32"), "va": ref("x64"), "offset": ADDRESS,
    "section": or_null(ref("text")), "symbol": or_null(SYMBOL),
    "role": or_null(one_of("entry point", "TLS callback", "export"),
                    "the first that holds; null: it was asked for"),
    "instructions": a_list(a_map({
        "rva": ref("x32"), "offset": ADDRESS, "bytes": text("^([0-9a-f]{2}){1,15}$"),
        "text": ref("text", "in the syntax of Intel, with names for addresses"),
        "target": or_null(ref("x64"), "VA that a branch leads to, or that memory is read or "
                                      "written at"),
        "target_name": or_null(ref("text"), "its symbol, or section+0x12; of a stub that jumps to "
                                            "an import, that import"),
    })),
    "end": or_null(one_of("not mapped", "end of section", "end of file", "undecodable",
                         "other machine", "limit"),
                   "why there are fewer instructions than were asked for"),
})), "with --disassemble; null for machines that there is no disassembler for")
