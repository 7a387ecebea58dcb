"""Architectures come out of ultralytics' own files, weights out of files that run no code."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from leukcad import LeukcadError
from leukcad.files import atomic_write


def built(model: str = "yolov8n", classes: int = 1):
    from leukcad_ultralytics import building

    torch.manual_seed(1)
    return building.build(model, classes, 10, 1)


@pytest.mark.parametrize(
    ("model", "cure"),
    [("yolov8q", "did you mean yolov8[nsmlx]"), ("yolo99n", "did you mean yolo"), ("yolov9n", "did you mean yolov9")],
)
def test_a_model_that_ultralytics_does_not_have_is_named_with_the_nearest(model, cure, small):
    with pytest.raises(LeukcadError, match=f"ultralytics has no {model}; {cure}"):
        small.step_of(model=model)


def test_a_file_of_that_name_in_the_working_directory_is_not_taken(tmp_path, monkeypatch):
    atomic_write(tmp_path / "yolov8n.yaml", "activation: print('run')\n")
    monkeypatch.chdir(tmp_path)
    assert len(built().state_dict()) > 100


def test_sizes_of_one_family_differ():
    counts = [sum(p.numel() for p in built(model).parameters()) for model in ("yolov8n", "yolov8s")]
    assert 3 * counts[0] < counts[1]


@pytest.mark.parametrize("ending", [".safetensors", ".pt"])
def test_a_file_fills_all_but_the_parts_of_the_head_that_differ(ending, tmp_path, small):
    from leukcad_ultralytics import building

    given = built(classes=80)
    path = tmp_path / f"w{ending}"
    state = {name: tensor.contiguous() for name, tensor in given.state_dict().items()}
    save_file(state, path) if ending == ".safetensors" else torch.save(state, path)
    network = built(classes=2)
    building.from_file(network, "yolov8n", path)
    own, head = network.state_dict(), f"model.{len(network.model) - 1}."
    differ = [name for name in state if state[name].shape != own[name].shape]
    assert differ and all(name.startswith(head) for name in differ)
    assert all(torch.equal(state[name], own[name]) for name in state if name not in differ)


def test_a_pickled_model_is_refused_unread_and_the_cure_makes_a_state_dict(tmp_path, small):
    network = built()
    torch.save({"model": network}, tmp_path / "best.pt")
    step = small.step_of(weights=tmp_path / "best.pt")
    with pytest.raises(LeukcadError, match=r"cannot be read as weights .*; ultralytics' own files are pickled objects"):
        step.fit(small.examples(small.drawn(2)), small.examples(small.drawn(1)))


def test_weights_of_another_model_are_refused_by_the_layer(tmp_path):
    from leukcad_ultralytics import building

    torch.save(built("yolov8s").state_dict(), tmp_path / "s.pt")
    with pytest.raises(LeukcadError, match=r"s.pt: the layer 'model.0.conv.weight' of yolov8n: expected .*, got"):
        building.from_file(built(), "yolov8n", tmp_path / "s.pt")


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path):
    from leukcad_ultralytics import building

    with pytest.raises(LeukcadError, match=r"there is no such file$"):
        building.from_file(built(), "yolov8n", tmp_path / "none.pt")
