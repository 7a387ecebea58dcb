"""A broken plugin is named and set aside, and the others go on."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path

import pytest

from leukcad.errors import LeukcadError, PluginError
from leukcad.hookspecs import Component
from leukcad.host import Host, build, discover

_number = itertools.count()
Install = Callable[..., EntryPoint]

HEAD = "from leukcad import Component, hookimpl\n"
SEAM = """
@hookimpl
def leukcad_components():
    return [Component({stage!r}, {name!r}, "{package}.parts:Part", "for a test")]
"""
GOOD = HEAD + "class Part:\n    @hookimpl\n    def leukcad_detect(self, fields): return []\n"


@dataclass
class Shop:
    """Distributions in a folder on sys.path, with real metadata, as pip would leave them."""

    folder: Path

    def install(
        self, seam: str | None = None, parts: str = GOOD, *, stage: str = "detect", name: str = "spots"
    ) -> EntryPoint:
        """A new distribution `broken-N 1.2`; its entry point."""
        number = next(_number)
        package = f"broken_{number}"
        (self.folder / package).mkdir()
        (self.folder / package / "__init__.py").write_text("")
        (self.folder / package / "parts.py").write_text(parts)
        offered = HEAD + SEAM.format(stage=stage, name=name, package=package)
        (self.folder / package / "seam.py").write_text(offered if seam is None else HEAD + seam)
        info = self.folder / f"{package}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: broken-{number}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[leukcad]\n{package} = {package}.seam\n")
        (found,) = (d for d in distributions(path=[str(self.folder)]) if d.name == f"broken-{number}")
        return _point(found)


def _point(distribution: Distribution) -> EntryPoint:
    (point,) = distribution.entry_points.select(group="leukcad")
    return point


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield Shop(tmp_path)
    for name in set(sys.modules) - before:
        if name.startswith("broken_"):
            del sys.modules[name]


def reason_of(host: Host) -> str:
    """The one reason for which something was quarantined; it names distribution and version."""
    (lost,) = host.quarantined
    assert lost.distribution.startswith("broken-") and lost.version == "1.2"
    return lost.reason


def test_a_good_plugin_is_offered_with_its_origin(shop: Shop) -> None:
    host = build([shop.install()])
    offer = host.find("detect", "spots")
    assert offer.origin.startswith("broken-") and offer.origin.endswith(" 1.2")
    assert host.load("detect", "spots").__name__ == "Part"
    assert not host.quarantined


def test_one_broken_plugin_leaves_the_others_alone(shop: Shop) -> None:
    host = build([shop.install("import no_such_library\n"), shop.install()])
    assert host.names("detect") == ["spots"] and len(host.quarantined) == 1


@pytest.mark.parametrize(
    ("seam", "reason"),
    [
        ("import no_such_library\n", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("raise SystemError\n", "SystemError"),
        ("def leukcad_components(): return []\n", "expected a function leukcad_components marked with hookimpl"),
        ("@hookimpl\ndef leukcad_component(): return []\n", "did you mean 'leukcad_components'?"),
        ("@hookimpl\ndef leukcad_detect(fields): return []\n", "belongs into a component's class"),
        ("@hookimpl\ndef leukcad_run_started(run): ...\n", "belongs into a component's class"),
        ("@hookimpl\ndef leukcad_components(): return ['nuclei']\n", "expected Component objects, got str"),
        ("@hookimpl\ndef leukcad_components(): return 7\n", "TypeError"),
        ("@hookimpl\ndef leukcad_components(step): return []\n", "leukcad_components"),
        ("@hookimpl\ndef leukcad_components(): return [Component('detekt', 'x', 'a:B')]\n", "got 'detekt'"),
        ("@hookimpl\ndef leukcad_components(): return [Component('detect', 'X Y', 'a:B')]\n", "lower case with dashes"),
        ("@hookimpl\ndef leukcad_components(): return [Component('detect', 'x', 'a.B')]\n", "package.module:Class"),
    ],
)
def test_a_seam_that_is_broken_is_quarantined_with_its_reason(shop: Shop, seam: str, reason: str) -> None:
    assert reason in reason_of(build([shop.install(seam)]))


@pytest.mark.parametrize(
    ("stage", "parts", "reason"),
    [
        ("detect", "import no_such_library", "No module named 'no_such_library'"),
        ("detect", "Part = 7", "expected a class, got int"),
        ("detect", "class Other: ...", "has no attribute 'Part'"),
        ("detect", "class Part: ...", "expected the hook 'leukcad_detect'"),
        ("detect", HEAD + "class Part:\n  @hookimpl\n  def leukcad_detct(self, fields): ...", "did you mean"),
        ("detect", HEAD + "class Part:\n  @hookimpl\n  def leukcad_classify(self, crops): ...", "leukcad_classify"),
        ("detect", HEAD + "class Part:\n  @hookimpl\n  def leukcad_detect(self, images): ...", "no argument 'images'"),
        (
            "detect",
            GOOD + "    @hookimpl\n    def leukcad_fit(self, train, validation, step): ...\n",
            "got only leukcad_fit",
        ),
        ("data", HEAD + "class Part:\n  @hookimpl\n  def leukcad_index(self, step): ...", "'leukcad_read'"),
        ("observe", GOOD, "an observer may only wrap 'leukcad_detect'"),
    ],
)
def test_a_component_that_breaks_the_contract_is_named_when_it_is_loaded(
    shop: Shop, stage: str, parts: str, reason: str
) -> None:
    host = build([shop.install(parts=parts, stage=stage)])
    with pytest.raises(PluginError, match="broken-") as caught:
        host.load(stage, "spots")
    assert reason in str(caught.value)
    host.examine()
    assert reason in reason_of(host) and not host.offers


def test_a_synthesizer_may_offer_positions_and_no_other_stage_may(shop: Shop) -> None:
    offers = "    @hookimpl\n    def leukcad_positions(self, field, count, step): ...\n"
    pastes = HEAD + "class Part:\n    @hookimpl\n    def leukcad_synthesize(self, field, doses): ...\n"
    assert build([shop.install(parts=pastes + offers, stage="synthesize")]).load("synthesize", "spots")
    with pytest.raises(PluginError, match="unknown hook 'leukcad_positions'"):
        build([shop.install(parts=GOOD + offers)]).load("detect", "spots")


def test_an_observer_that_wraps_is_taken(shop: Shop) -> None:
    parts = HEAD + "class Part:\n  @hookimpl(wrapper=True)\n  def leukcad_detect(self, fields):\n    return (yield)\n"
    host = build([shop.install(parts=parts, stage="observe")])
    host.examine()
    assert host.names("observe") == ["spots"] and not host.quarantined


def test_of_two_plugins_with_one_name_the_second_is_quarantined(shop: Shop) -> None:
    first, second = shop.install(), shop.install()
    host = build([first, second])
    assert "'spots' is already offered by broken-" in reason_of(host)
    assert len(host.offers) == 1


def test_nothing_of_a_plugin_is_taken_if_a_part_of_its_offer_is_rubbish(shop: Shop) -> None:
    seam = "@hookimpl\ndef leukcad_components(): return [Component('detect', 'spots', 'a:B'), None]\n"
    host = build([shop.install(seam)])
    assert not host.offers and "got NoneType" in reason_of(host)


def test_an_unknown_name_gets_the_nearest_one_and_what_was_quarantined(shop: Shop) -> None:
    host = build([shop.install(), shop.install("import no_such_library\n")])
    with pytest.raises(LeukcadError) as caught:
        host.find("detect", "spot")
    assert "did you mean 'spots'?" in str(caught.value) and "no_such_library" in str(caught.value)


def test_building_imports_no_component(shop: Shop) -> None:
    host = build([shop.install(parts="raise SystemExit('imported')")])
    assert host.names("detect") == ["spots"]


def test_all_plugins_of_this_repository_are_healthy() -> None:
    host = discover()
    host.examine()
    assert [lost for lost in host.quarantined if lost.distribution.startswith("leukcad-")] == []
    assert len({offer.distribution for offer in host.offers.values()} & {"leukcad-cells", "leukcad-smears"}) == 2


def test_a_component_is_frozen() -> None:
    component = Component("detect", "spots", "a.b:C")
    with pytest.raises(AttributeError):
        component.name = "other"  # type: ignore[misc]
