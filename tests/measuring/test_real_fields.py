"""The classical detector on real fields, measured as the command does."""

from __future__ import annotations

import pytest

import leukcad

NUCLEI = "data: {use: simulated}\nsteps:\n  - detect: nuclei\n"


@pytest.mark.slow
def test_on_bccd_test_the_adjudicated_figures_are_those_that_the_study_of_the_detector_counts(shared_data, tmp_path):
    path = tmp_path / "nuclei.yaml"
    path.write_text(NUCLEI)
    found = leukcad.measure(
        path,
        data=f"bccd={{use: voc, path: {shared_data / 'bccd'}, subset: test}}",
        adjudicated=shared_data / "extra_wbc.csv",
        out=tmp_path / "runs",
    )
    told = found.told["figures"]["nuclei"]["bccd"]
    assert (told["published"]["cells"], told["adjudicated"]["cells"], told["adjudicated"]["ignored"]) == (71, 76, 3)
    assert told["adjudicated"]["recall"]["value"] >= 0.98 and told["adjudicated"]["precision"]["value"] >= 0.93
    assert found.told["adjudicated"]["used"] == 8 and found.told["data"] == "real"
