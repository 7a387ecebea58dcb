"""Right plants that read pixels: leukocytes found by `detect: nuclei`, each judged by itself, then a vote."""

from __future__ import annotations

from plants.plant import BLAST, Plant, Rule, Training
from plants.votes import looked, mean, measured, rule_of, share, told


def _measures_share(training: Training) -> Rule:
    return rule_of(measured(training), share(0.4))


def _measures_mean(training: Training) -> Rule:
    return rule_of(measured(training), mean())


def _network_share(training: Training) -> Rule:
    cells = training.cells(training.balanced)
    return rule_of(looked(cells, cells.kinds == BLAST, 1.2), share(0.4))


def _network_mean(training: Training) -> Rule:
    cells = training.cells(training.balanced)
    return rule_of(looked(cells, cells.kinds == BLAST, 1.2, seed=1), mean())


def _found_told(training: Training) -> Rule:
    return rule_of(told, share(0.4))


PLANTS = [
    Plant("measures-share", "right", "found cells, logistic regression on 13 measures, 40 % blasts", _measures_share),
    Plant("measures-mean", "right", "the same, mean of the limited logits", _measures_mean),
    Plant("network-share", "right", "found cells, small CNN on squares of 1.2 ×, 40 % blasts", _network_share),
    Plant("network-mean", "right", "the same with another seed, mean of the limited logits", _network_mean),
    Plant("found-told", "right", "found cells, their kinds told, 40 % blasts", _found_told, reads="both"),
]
