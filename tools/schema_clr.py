# SPDX-License-Identifier: Apache-2.0
"""What make_schemas.py needs for .NET; docs/output.md explains it."""

from schema_shapes import BOOLEAN, a_list, a_map, or_null, ref, text
from schema_tables import fields_of

CLR = {
    "metadata": or_null(a_map({
        **fields_of("metadata_root"),
        "version": ref("text"), "flags": ref("x16"), "stream_count": ref("u16"),
        "streams": a_list(a_map({"name": ref("text"), "offset": ref("x32"), "size": ref("x32")})),
        "tables_header": or_null(a_map({
            **fields_of("metadata_tables"),
            "edited": {"description": "the stream is #-, not #~", **BOOLEAN}})),
        "tables": a_list(a_map({"table": ref("named8"), "rows": ref("u32"), "sorted": BOOLEAN})),
        "module": or_null(ref("text")),
        "mvid": or_null(text("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")),
        "assembly": or_null(ref("assembly")), "references": a_list(ref("assembly")),
        "module_references": a_list(ref("text"), "native DLLs, and modules of the assembly"),
    }), "null when there is none, or not in the file in one piece"),
    "strong_name": or_null(a_map({"offset": or_null(ref("x64")), "size": ref("x32"),
                                  "filled": BOOLEAN}),
                           "a place for a strong name, and whether there is one"),
    "vtable_fixups": a_list(ref("vtable_fixup")),
    "native_header": or_null(a_map({"signature": ref("x32"),
                                    "kind": {"enum": ["ready-to-run", "ngen", None]}}),
                             "what ManagedNativeHeader leads to"),
    "ready_to_run": or_null(ref("ready_to_run_header")),
}
RANGE = a_map({"VirtualAddress": ref("x32"), "Size": ref("x32")})
R2R_HELD = {
    "text": ref("text", "of CompilerIdentifier and OwnerCompositeExecutable"),
    "imports": a_list(ref("ready_to_run_import"), "of ImportSections"),
    "components": a_list(a_map({"clr": RANGE, "ready_to_run": RANGE}), "of ComponentAssemblies"),
    "mvids": a_list({"type": "string"}, "of ManifestAssemblyMvids"),
}
