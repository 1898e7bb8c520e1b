/* SPDX-License-Identifier: Apache-2.0 */
/* The document "pelorus.replay/1": faults of policies over numbers of frames. */
#include "dump/draw_replay.h"
#include "dump/walk.h"

const pel_replay_result *pel_study_curve(const pel_replay_study *study, size_t policy)
{
    return study->results + policy * study->frame_count;
}

bool pel_study_next_anomaly(const pel_replay_study *study, pel_anomaly *at)
{
    for (; at->policy < study->policy_count; at->policy++, at->fewer = 0) {
        const pel_replay_result *curve = pel_study_curve(study, at->policy);
        for (; at->fewer < study->frame_count; at->fewer++, at->more = at->fewer) {
            while (++at->more < study->frame_count)
                if (curve[at->more].faults > curve[at->fewer].faults)
                    return true;
        }
        at->more = 0;
    }
    return false;
}

double pel_study_rate(pel_replay_result result)
{
    return result.accesses ? (double)result.faults / (double)result.accesses : 0;
}

static void walk_curve(pel_emitter *e, const pel_replay_study *study, size_t policy)
{
    const pel_replay_result *curve = pel_study_curve(study, policy);
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "policy", pel_policy_name(study->policies[policy]));
    pel_emit_seq_begin(e, "curve");
    for (size_t i = 0; i < study->frame_count; i++) {
        pel_emit_map_begin(e, NULL);
        pel_emit_dec(e, "frames", study->frames[i]);
        pel_emit_dec(e, "faults", curve[i].faults);
        pel_emit_dec(e, "soft", curve[i].soft);
        pel_emit_dec(e, "writes", curve[i].writes);
        pel_emit_real(e, "fault_rate", pel_study_rate(curve[i]));
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
    pel_emit_map_end(e);
}

static void walk_anomalies(pel_emitter *e, const pel_replay_study *study)
{
    pel_emit_seq_begin(e, "anomalies");
    pel_anomaly at = { 0 };
    while (pel_study_next_anomaly(study, &at) && e->status == PEL_OK) {
        const pel_replay_result *curve = pel_study_curve(study, at.policy);
        pel_emit_map_begin(e, NULL);
        pel_emit_string(e, "policy", pel_policy_name(study->policies[at.policy]));
        pel_emit_dec(e, "frames", study->frames[at.fewer]);
        pel_emit_dec(e, "faults", curve[at.fewer].faults);
        pel_emit_dec(e, "more_frames", study->frames[at.more]);
        pel_emit_dec(e, "more_faults", curve[at.more].faults);
        pel_emit_map_end(e);
    }
    pel_emit_seq_end(e);
}

static pel_status document(const pel_replay_study *study, const pel_dump_options *options,
                           pel_sink sink)
{
    pel_emitter *e;
    PEL_TRY(pel_emitter_new(options, sink, &e));
    pel_emit_map_begin(e, NULL);
    pel_emit_string(e, "schema", "pelorus.replay/1");
    pel_emit_string(e, "trace", study->path);
    if (study->page_size)
        pel_emit_hex(e, "page_size", study->page_size);
    else
        pel_emit_null(e, "page_size");
    pel_emit_dec(e, "accesses", study->accesses);
    pel_emit_dec(e, "pages", study->pages);
    pel_emit_seq_begin(e, "policies");
    for (size_t i = 0; i < study->policy_count && e->status == PEL_OK; i++)
        walk_curve(e, study, i);
    pel_emit_seq_end(e);
    walk_anomalies(e, study);
    pel_emit_map_end(e);
    return pel_emitter_close(e);
}

pel_status pel_dump_replay(const pel_replay_study *study, const pel_dump_options *options,
                           pel_sink sink)
{
    options = pel_dump_options_or_default(options);
    if (!study)
        return PEL_BAD_ARG;
    if (options->format == PEL_FORMAT_TEXT && !options->only)
        return pel_draw_replay(study, options, sink);
    return document(study, options, sink);
}
