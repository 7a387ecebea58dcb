"""A plan as plain data: all that a verdict needs beside the answers, so that it can be drawn elsewhere and later."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from leukcad.auditing.counts import leukocytes
from leukcad.auditing.plan import Plan
from leukcad.evaluation.exact import ALPHA
from leukcad.outcome import kind_of

CONFIDENCE = 0.95  # of the one-sided upper limit that clears an arm


def brief_of(plan: Plan) -> dict[str, Any]:
    """The plan for `judging.judge`; JSON-able."""
    spec = plan.spec
    return {
        "digest": plan.digest,
        "positive": spec.positive,
        "classes": list(spec.classes),
        "set": plan.base.name,
        "fields": len(plan.records),
        "groups": len({r.group for r in plan.records}),
        "arms": [asdict(arm) for arm in plan.arms],
        "unavailable": dict(plan.unavailable),
        "rendered": plan.rendered,
        "margin": plan.margin,
        "k": plan.counts.to_dict(),
        "thin_to": plan.least,
        "draws": plan.draws,
        "doses": list(plan.doses),
        "quick": plan.quick or plan.bench.setting.quick,
        "thresholds": {"alpha": ALPHA, "confidence": CONFIDENCE, "min_blasts": spec.audit.min_blasts},
        "data": kind_of(plan.bench),
        "leukocytes": _leukocytes(plan),
        "training": list(plan.counts.training),
        "notes": _notes(plan),
    }


def _leukocytes(plan: Plan) -> dict[str, int]:
    """Source field → its own leukocytes, where a curve is drawn over totals."""
    if not plan.counts.training or not any(arm.curve for arm in plan.arms):
        return {}
    hosts = {r.id: r for arm in plan.arms if arm.curve for r in plan.hosts(arm)}
    read = filter(None, map(plan.base.source.read, hosts.values()))
    counted = {field.record.source: leukocytes(field) for field in read}
    return {source: number for source, number in counted.items() if number is not None}


def _notes(plan: Plan) -> list[str]:
    notes = [] if plan.rendered else ["the scenes of these fields are not known: cells were pasted, not re-rendered"]
    if plan.spec.positive is not None and not plan.counts.training:
        notes.append(f"k = {plan.counts.k}: {plan.counts.how}")
    if plan.quick:
        notes.append("a quick look: few groups; it can convict what is far wrong, and clear nothing")
    if plan.bench.setting.quick:
        notes.append("the data are those of a quick look")
    return notes
