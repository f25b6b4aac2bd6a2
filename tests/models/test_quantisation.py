"""Which form of a model is kept, and what is left when it is given up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from host.core.errors import Cancelled, DiskFull
from host.models import form_bench
from host.models.language import InstructionModel, LanguageModel, Message
from host.models.model_forms import ORIGINAL, Choice, Measured, choose_form
from host.models.quality_text import QUALITY_TEXT
from host.models.quantisation import choose_quantisation, restore
from host.models.quantisation_worker import measure_side_by_side
from host.models.tiny_gguf import write_tiny_gguf

if TYPE_CHECKING:
    from pathlib import Path

FIRST = Measured(ORIGINAL, 100, prompt_rate=300, generation_rate=100, loss=3.0)


def make_form(form: str, rate: float, divergence: float = 0.005, loss: float = 3.0) -> Measured:
    return Measured(form, 150, 300 * rate, 100 * rate, divergence, 0.96, loss)


def test_the_fastest_of_those_as_good_as_the_original_is_kept() -> None:
    tried = [FIRST, make_form("Q8_0", 1.5), make_form("Q6_K", 1.2), make_form("Q4_0", 3.0, divergence=0.3)]
    assert choose_form(tried).form == "Q8_0"


@pytest.mark.parametrize(
    "worse",
    [
        make_form("Q4_0", 3.0, divergence=0.021),
        make_form("Q4_0", 3.0, loss=3.03),
        Measured("Q4_0", failure="it broke down"),
    ],
)
def test_a_form_that_is_worse_or_broke_down_is_never_kept(worse: Measured) -> None:
    assert choose_form([FIRST, worse]) is FIRST


def test_of_forms_about_as_fast_the_one_nearest_to_the_original_is_kept() -> None:
    near, far = make_form("Q8_0", 1.5, divergence=0.004), make_form("Q6_K", 1.6, divergence=0.012)
    assert choose_form([FIRST, far, near]) is near
    assert choose_form([FIRST, make_form("Q8_0", 1.05)]) is FIRST


def test_a_typical_answer_weighs_reading_and_writing() -> None:
    assert FIRST.answer_s == pytest.approx(1000 / 300 + 150 / 100)
    assert Measured("Q8_0").answer_s == float("inf")


def test_other_programs_that_slow_everything_down_do_not_change_who_is_faster() -> None:
    pace = iter([1.0, 1.0, 0.1, 0.1, 0.5, 0.5, 1.0, 0.02, 0.3, 0.3, 0.9, 0.9, 0.05, 1.0, 0.2, 0.2, 1.0, 1.0])

    def measure(file: str) -> tuple[float, float]:
        share = next(pace)
        return (300 * share, 100 * share) if file == "first" else (600 * share, 90 * share)

    first, second = measure_side_by_side(["first", "second"], measure)
    assert first == pytest.approx((300, 100))
    assert second == pytest.approx((600, 90))


def test_the_record_is_flat_and_says_what_was_gained(tmp_path: Path) -> None:
    kept = make_form("Q8_0", 2.0)
    record = Choice("Q8_0", tmp_path / "a.Q8_0.gguf", [FIRST, kept]).to_record()
    assert record == {
        "kept": "Q8_0",
        "file": "fast/a.Q8_0.gguf",
        "prompt_speedup": 2.0,
        "generation_speedup": 2.0,
        "answer_speedup": 2.0,
        "divergence": 0.005,
    }
    assert Choice(ORIGINAL, tmp_path / "a.gguf", [FIRST]).to_record()["file"] is None
    assert {type(value) for value in kept.to_record().values()} <= {str, int, float, type(None)}


def test_the_text_of_the_comparison_is_of_several_kinds() -> None:
    assert len(QUALITY_TEXT.split()) > 300
    assert "def average" in QUALITY_TEXT


@pytest.fixture
def original(tmp_path: Path) -> Path:
    write_tiny_gguf(tmp_path / "tiny.gguf")
    return tmp_path / "tiny.gguf"


@pytest.mark.model
class TestRealRuns:
    def test_every_form_is_measured_and_only_the_one_that_is_kept_stays(
        self, original: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = original.read_bytes()
        told: list[dict[str, object]] = []

        def keep_the_second(tried: list[Measured]) -> Measured:
            assert [one.form for one in tried] == [ORIGINAL, *form_bench.FORMS]
            return tried[1]

        monkeypatch.setattr(form_bench, "choose_form", keep_the_second)
        choice = choose_quantisation(original, original.parent, threads=1, on_progress=told.append)
        first, second = choice.tried[:2]
        assert first.divergence == pytest.approx(0.0, abs=1e-6)
        assert first.agreement == 1.0
        assert first.prompt_rate > 0
        assert first.generation_rate > 0
        # Eight bits hold four: the tiny model hardly changes.
        assert 0.0 <= second.divergence < 0.02
        assert choice.file == original.parent / "fast" / "tiny.Q8_0.gguf"
        assert list((original.parent / "fast").iterdir()) == [choice.file]
        assert original.read_bytes() == before
        shares = [float(str(one["share"])) for one in told]
        assert shares == sorted(shares)
        assert shares[-1] <= 1.0
        model = LanguageModel(InstructionModel("tiny", choice.file, 512), threads=1)
        try:
            assert model.generate([Message("user", "hello")], max_tokens=2).prompt_tokens > 0
        finally:
            model.close()
        restore(original.parent)
        assert [file.name for file in original.parent.iterdir() if file.name == "fast"] == []
        assert original.read_bytes() == before

    def test_a_form_that_breaks_down_is_left_out(
        self, original: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        no_such_kind = 999
        monkeypatch.setattr(form_bench, "FORMS", {"broken": (no_such_kind, 1.0)})
        choice = choose_quantisation(original, original.parent, threads=1)
        assert choice.kept == ORIGINAL
        assert choice.file == original
        assert choice.tried[1].failure
        assert not (original.parent / "fast").exists()

    def test_when_it_is_cancelled_nothing_is_left(self, original: Path) -> None:
        cancelled = threading.Event()

        def cancel_later(value: dict[str, object]) -> None:
            if value["stage"] == "making":
                cancelled.set()

        with pytest.raises(Cancelled):
            choose_quantisation(
                original, original.parent, threads=1, on_progress=cancel_later, cancelled=cancelled
            )
        assert sorted(file.name for file in original.parent.iterdir() if file.is_dir()) in ([], ["home"])

    def test_what_a_killed_run_left_is_cleared_away_and_what_was_kept_is_replaced(
        self, original: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = original.parent / "fast"
        folder.mkdir()
        for name in ("tiny.Q8_0.part", "reference.part.npy", "tiny.Q4_0.gguf"):
            (folder / name).write_bytes(b"half a file")
        monkeypatch.setattr(form_bench, "FORMS", {"Q8_0": (7, 4.3)})
        monkeypatch.setattr(form_bench, "choose_form", lambda tried: tried[1])
        choice = choose_quantisation(original, original.parent, threads=1)
        assert list(folder.iterdir()) == [choice.file]
        assert choice.file.stat().st_size > 1000

    def test_without_room_on_the_disk_nothing_is_made(
        self, original: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(form_bench, "_SPARE_DISK", 2**60)
        with pytest.raises(DiskFull, match="MB are needed"):
            choose_quantisation(original, original.parent, threads=1)
        assert not (original.parent / "fast").exists()
