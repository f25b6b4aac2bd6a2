from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.models.machine import Machine
from host.models.recommendation import (
    ALL_LANGUAGES,
    DISK_RESERVE,
    MEMORY_SHARE,
    SMALL_SHARE,
    Recommendation,
    explain_misfit,
    read_languages,
    recommend,
)
from host.models.registry import ModelEntry, load_registry

if TYPE_CHECKING:
    from host.models.roles import Role

ENTRIES = tuple(load_registry().values())
GIGABYTE = 1024**3
STARTERS: dict[Role, str] = {"search": "all-minilm-l6-v2", "chat": "smollm2-135m-instruct"}

languages = st.lists(
    st.sampled_from(["en", "de", "fr", "zh", "hi", "ta", "sw", "nl", "cy"]),
    min_size=1,
    max_size=4,
    unique=True,
)
machines = st.builds(
    Machine,
    memory=st.integers(GIGABYTE, 256 * GIGABYTE),
    memory_free=st.just(GIGABYTE),
    disk_free=st.integers(0, 500 * GIGABYTE),
    cores=st.integers(1, 64),
    accelerator=st.sampled_from([None, "cuda", "metal"]),
)


def laptop(memory: int, cores: int, accelerator: str | None = None) -> Machine:
    return Machine(memory * GIGABYTE, memory * GIGABYTE // 2, 200 * GIGABYTE, cores, accelerator)


def chosen(machine: Machine, *spoken: str) -> dict[Role, str]:
    return {item.role: item.entry.id for item in recommend(ENTRIES, machine, spoken)}


def covered(entry: ModelEntry, spoken: list[str]) -> int:
    if ALL_LANGUAGES in entry.languages:
        return len(spoken)
    return len(set(spoken) & set(entry.languages))


def rank(found: list[Recommendation], role: Role, spoken: list[str]) -> tuple[int, int]:
    entry = next((item.entry for item in found if item.role == role), None)
    return (covered(entry, spoken), entry.quality) if entry else (-1, -1)


def test_an_ordinary_laptop_searches_and_answers_in_its_users_languages() -> None:
    assert chosen(laptop(8, 4), "de", "en") == {
        "search": "granite-embedding-97m-multilingual-r2",
        "rerank": "mmarco-mminilmv2-l12-h384-v1",
        "chat": "qwen2.5-1.5b-instruct",
    }


def test_who_reads_only_english_gets_the_cross_encoder_made_for_it() -> None:
    assert chosen(laptop(8, 4), "en")["rerank"] == "ms-marco-minilm-l6-v2"


def test_a_language_that_few_models_read_decides_for_one_that_does() -> None:
    found = chosen(laptop(8, 4), "ta", "en")
    assert found["search"] == "multilingual-e5-small"
    assert "rerank" not in found


def test_a_model_that_takes_a_fifth_of_the_memory_is_for_larger_machines() -> None:
    # On a Mac memory is shared with the graphics: three of sixteen gigabytes would be missed.
    assert chosen(laptop(16, 8, "metal"), "de", "en")["search"] == "granite-embedding-97m-multilingual-r2"
    assert chosen(laptop(32, 10, "metal"), "de", "en")["search"] == "bge-m3"


def test_memory_without_cores_does_not_make_anybody_wait_for_a_large_model() -> None:
    assert chosen(laptop(16, 4), "de", "en")["chat"] == "qwen2.5-1.5b-instruct"


def test_sixteen_gigabytes_and_eight_cores_carry_the_most_able_instruction_model() -> None:
    found = chosen(laptop(16, 8), "de", "en")
    assert found["chat"] == "qwen3-4b-instruct-2507"
    assert found["search"] == "granite-embedding-97m-multilingual-r2"


def test_a_workstation_with_a_graphics_card_takes_the_best() -> None:
    assert chosen(laptop(64, 16, "cuda"), "de", "en") == {
        "search": "bge-m3",
        "rerank": "mmarco-mminilmv2-l12-h384-v1",
        "chat": "qwen3-4b-instruct-2507",
    }


def test_a_small_old_machine_gets_the_small_ones() -> None:
    assert chosen(laptop(4, 2), "de", "en") == {
        "search": "granite-embedding-97m-multilingual-r2",
        "chat": "qwen2.5-0.5b-instruct",
    }
    assert chosen(laptop(4, 2), "en")["rerank"] == "ms-marco-minilm-l6-v2"
    assert chosen(laptop(4, 2), "ta")["search"] == "multilingual-e5-small"


def test_where_nothing_runs_well_the_starters_remain() -> None:
    assert chosen(laptop(1, 1), "de", "en") == STARTERS


def test_a_full_disk_leaves_what_is_installed() -> None:
    full = replace(laptop(8, 4), disk_free=0)
    assert recommend(ENTRIES, full, ["en"]) == []
    here = frozenset({*STARTERS.values()})
    assert {item.role: item.entry.id for item in recommend(ENTRIES, full, ["en"], here)} == STARTERS


@given(machine=machines, spoken=languages)
def test_what_is_recommended_can_be_used_and_runs_well_unless_it_is_a_starter(
    machine: Machine, spoken: list[str]
) -> None:
    for item in recommend(ENTRIES, machine, spoken):
        assert explain_misfit(item.entry, machine) is None
        if item.entry.id not in STARTERS.values():
            share = max(MEMORY_SHARE[item.entry.type], SMALL_SHARE)
            assert item.entry.memory <= machine.memory * share
            assert item.entry.size + DISK_RESERVE <= machine.disk_free


@given(machine=machines, spoken=languages)
def test_each_job_has_one_model_of_the_right_type_and_no_code_of_others(
    machine: Machine, spoken: list[str]
) -> None:
    found = recommend(ENTRIES, machine, spoken)
    types = {"search": "embedding", "rerank": "reranker", "chat": "instruction"}
    assert len({item.role for item in found}) == len(found)
    assert all(item.entry.type == types[item.role] for item in found)
    assert all(item.entry.remote_code is None for item in found)


@given(machine=machines, spoken=languages)
def test_searching_and_chat_have_a_model_wherever_the_starters_can_be_used(
    machine: Machine, spoken: list[str]
) -> None:
    registry = load_registry()
    roles = {item.role for item in recommend(ENTRIES, machine, spoken)}
    for role, starter in STARTERS.items():
        if explain_misfit(registry[starter], machine) is None:
            assert role in roles


@given(machine=machines, spoken=languages)
def test_no_model_that_runs_as_well_reads_more_of_the_languages(machine: Machine, spoken: list[str]) -> None:
    for item in recommend(ENTRIES, machine, spoken):
        # Whatever else this machine runs well stands to be chosen alone.
        for other in ENTRIES:
            alone = recommend([replace(other, starter=False)], machine, spoken)
            if other.type == item.entry.type and alone:
                assert covered(other, spoken) <= covered(item.entry, spoken)


@given(machine=machines, spoken=languages)
def test_a_cross_encoder_reads_all_the_languages_or_is_left_out(machine: Machine, spoken: list[str]) -> None:
    for item in recommend(ENTRIES, machine, spoken):
        if item.role == "rerank":
            assert covered(item.entry, spoken) == len(spoken)


@given(
    machine=machines,
    spoken=languages,
    memory=st.integers(0, 64 * GIGABYTE),
    cores=st.integers(0, 32),
    disk=st.integers(0, 100 * GIGABYTE),
)
def test_a_larger_machine_never_gets_less(
    machine: Machine, spoken: list[str], memory: int, cores: int, disk: int
) -> None:
    larger = replace(
        machine,
        memory=machine.memory + memory,
        cores=machine.cores + cores,
        disk_free=machine.disk_free + disk,
    )
    before, after = recommend(ENTRIES, machine, spoken), recommend(ENTRIES, larger, spoken)
    roles: tuple[Role, ...] = ("search", "rerank", "chat")
    for role in roles:
        assert rank(after, role, spoken) >= rank(before, role, spoken)


@given(machine=machines, spoken=languages)
def test_the_order_of_languages_does_not_matter(machine: Machine, spoken: list[str]) -> None:
    one = [item.entry.id for item in recommend(ENTRIES, machine, spoken)]
    assert one == [item.entry.id for item in recommend(ENTRIES, machine, spoken[::-1])]


def test_a_users_own_models_are_not_recommended_to_them() -> None:
    own = replace(load_registry()["bge-m3"], id="own", added=True, quality=9)
    found = recommend([*ENTRIES, own], laptop(64, 32), ["en"])
    assert "own" not in [item.entry.id for item in found]


def test_the_reason_names_languages_memory_and_where_it_computes() -> None:
    reasons = {item.role: item.reason for item in recommend(ENTRIES, laptop(8, 4), ["de", "en"])}
    assert (
        reasons["search"]
        == "reads your languages (de, en); 0.7 GB of your 8.0 GB of memory; on 4 processor cores"
    )
    (search, *_) = recommend(ENTRIES, laptop(64, 16, "metal"), ["de", "en"])
    assert search.reason.endswith("on your Mac's GPU")


def test_the_reason_admits_a_language_that_is_not_read() -> None:
    (search, _) = recommend(ENTRIES, laptop(1, 1), ["de", "en"])
    assert search.reason.startswith("reads en, not de;")


def test_a_model_that_is_too_large_says_by_how_much() -> None:
    entry = load_registry()["bge-m3"]
    assert explain_misfit(entry, laptop(2, 8)) == "needs 2.7 GB of memory, this computer has 2.0 GB"
    assert explain_misfit(entry, replace(laptop(8, 4), disk_free=GIGABYTE)) == (
        "needs 2.1 GB of disk, 1.0 GB are free"
    )
    assert explain_misfit(entry, laptop(8, 4)) is None


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        (["de_AT.UTF-8"], ["de", "en"]),
        (["en_GB"], ["en"]),
        (["pt-BR", "fr", "de_DE"], ["pt", "fr", "de", "en"]),
        (["C", None, "POSIX", "C.UTF-8", ""], ["en"]),
        (["gsw_CH.UTF-8"], ["gsw", "en"]),
        (["de_DE", "de_AT"], ["de", "en"]),
    ],
)
def test_languages_come_from_the_names_of_locales(names: list[str | None], codes: list[str]) -> None:
    assert read_languages(names) == codes


def test_the_languages_of_this_computer_are_codes() -> None:
    assert all(len(code) in {2, 3} and code.islower() for code in read_languages())
