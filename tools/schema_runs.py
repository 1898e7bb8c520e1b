# SPDX-License-Identifier: Apache-2.0
"""The documents of accesses and runs, for make_schemas.py: pelorus.why, .run and .event."""

from schema_shapes import ADDRESS, BOOLEAN, a_list, a_map, names_of, one_of, or_null, ref, text

STATE = one_of("MEM_FREE", "MEM_RESERVE", "MEM_COMMIT")
KIND_OF_MEMORY = one_of("MEM_PRIVATE", "MEM_MAPPED", "MEM_IMAGE", "0")
REGION = {
    "base": ref("x64"), "size": ref("x64"), "allocation_base": ref("x64"), "state": STATE,
    "protect": or_null(ref("protect")), "type": KIND_OF_MEMORY,
}
QUERIED = {**REGION, "alloc_protect": or_null(ref("protect"))}
LIST = one_of("zeroed", "free", "standby", "modified", "modified-no-write", "bad", "active",
              "transition")
SIDE = a_map({
    "page": a_map({
        "place": one_of("not committed", "demand zero", "working set", "frame", "page file", "file"),
        "protect": or_null(ref("protect")),
        "frame": ADDRESS, "list": or_null(LIST),
        "shared": BOOLEAN, "modified": BOOLEAN, "shares": ref("u64"),
    }),
    "walk": a_map({
        "cr3": ref("x64"),
        "steps": a_list(a_map({
            "name": one_of("PML5E", "PML4E", "PDPTE", "PDE", "PTE"), "index": ref("u32"),
            "address": ref("x64"), "entry": ref("x64"),
            "means": or_null(ref("text")),
        }), maxItems=5),
        "physical": ADDRESS,
    }),
})
ACCESS = {
    "va": ref("x64"),
    "access": one_of("read", "write", "fetch"),
    "status": ref("ntstatus", "what the program gets"),
    "region": or_null(a_map(REGION)),
    "before": SIDE, "after": SIDE,
    "facts": a_list(a_map({
        "about": one_of("region", "protection", "page tables", "place", "fault", "victim", "result"),
        "text": ref("text"),
        "rule": or_null(ref("rule")),
        "says": or_null(ref("text")), "source": or_null(ref("text")),
        "certainty": or_null(one_of("verified", "documented", "inferred", "unknown")),
    }), "in the order in which they follow from each other"),
}
WHY = {"file": ref("file"), "base": ref("x64"), **ACCESS}


def event(root):
    kinds = names_of(root, "include/pelorus/tables/event.def", r'^X\(\w+,\s*"([^"]+)"')
    return {
        "kind": one_of(*kinds),
        "process": or_null(ref("text")),
        "va": ref("x64"), "frame": ADDRESS, "status": or_null(ref("ntstatus")), "slot": ADDRESS,
        "pages": ADDRESS, "dirty": BOOLEAN,
        "list": or_null(one_of("standby", "modified", "modified-no-write", "active")),
        "lost": BOOLEAN,
    }


STEP_NUMBER = or_null(text(r"^[0-9]+(\.[0-9]+)*$"), "as shown; null for a note")


def run(root):
    counters = names_of(root, "include/pelorus/tables/counters.def", r"^X\((\w+),")
    verbs = names_of(root, "src/scenario/verbs.def", r'^X\(\w+,\s*"([^"]+)"')
    policies = names_of(root, "include/pelorus/tables/policy.def", r'^X\(\w+,\s*"([^"]+)"')
    policy = one_of(*policies)
    step = {
        "step": STEP_NUMBER,
        "verb": one_of(*verbs),
        "process": or_null(ref("text")),
        "at": ADDRESS, "size": ADDRESS, "status": ref("ntstatus"),
        "fault_at": or_null(ref("x64"), "the address that was refused"),
        "value": ADDRESS, "old_protect": or_null(ref("protect")),
        "count": or_null(ref("u64"), "pages that went, were written, ...; rounds of a repetition"),
        "note": or_null(ref("text")),
        "region": or_null(a_map(QUERIED)),
        "event_count": ref("u64"),
        "events": a_list(a_map(event(root)), "the first of them", maxItems=64),
        "changes": a_list(a_map({"counter": one_of(*counters), "before": ref("u64"),
                                 "after": ref("u64")})),
        "expectations": a_list(a_map({
            "what": ref("text"), "expected": ref("text"), "found": ref("text"), "met": BOOLEAN,
            "line": ref("u64"), "column": ref("u64"),
        })),
        "why": or_null(a_map(ACCESS)),
    }
    point = {"frames": ref("u64"), "faults": ref("u64"), "soft": ref("u64"), "writes": ref("u64")}
    anomaly = {key: ref("u64") for key in ("frames", "faults", "more_frames", "more_faults")}
    working_set = {key: ref("u64") for key in ("size", "peak", "minimum", "maximum")}
    return {
        "scenario": a_map({"path": ref("text"), "title": ref("text"), "teaches": ref("text"),
                           "see": ref("text"), "seed": ref("u64")}),
        "machine": a_map({"ram_size": ref("x64"), "paging": one_of("x64", "la57", "pae", "x86"),
                          "policy": policy, "page_files": a_list(ref("x64"), maxItems=16)}),
        "steps": a_list(a_map(step), "in the order in which they were taken"),
        "curves": or_null(a_map({
            "accesses": ref("u64"), "pages": ref("u64"),
            "policies": a_list(a_map({"policy": policy, "points": a_list(a_map(point)),
                                      "belady": a_list(a_map(anomaly),
                                                       "more frames, and more faults")})),
        }), "faults over the number of frames"),
        "expectations": a_map({"met": ref("u64"), "failed": ref("u64")}),
        "final": a_map({
            "counters": a_map({name: ref("u64") for name in counters}),
            "processes": a_list(a_map({
                "name": ref("text"), "image": or_null(ref("text")), "alive": BOOLEAN,
                "base": ADDRESS,
                "working_set": or_null(a_map({**working_set, "hard_maximum": BOOLEAN,
                                              "locked": ref("u64"), "private": ref("u64")})),
                "events": a_list(a_map({"kind": event(root)["kind"], "count": ref("u64")})),
            })),
        }),
        "error": or_null(a_map({"line": ref("u64"), "column": ref("u64"), "message": ref("text")}),
                         "why the run could not go on"),
        "result": one_of("passed", "failed", "stopped", "error"),
    }


def documents(root):
    yield "why", (WHY, "One access, told: pelorus why.")
    yield "run", (run(root), "A scenario and what came of it: pelorus run.")
    yield "event", ({"event": ref("u64"), "step": STEP_NUMBER, **event(root)},
                    "One line of the log of events: pelorus run --events=FILE.")
