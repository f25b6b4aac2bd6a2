"""Summaries with the starter models as they are installed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from host.chat.idle_summaries import IdleSummaries
from host.chat.service import ChatModels
from host.chat.summaries import Summaries
from host.storage import pages
from host.storage.statistics import count_rows
from tests.chat.summary_world import find_summary

if TYPE_CHECKING:
    from tests.chat.chat_world import ChatWorld

pytestmark = pytest.mark.model
NOTICE = (
    "We and our partners store information on your device to show you personalised offers.\n"
    "You can change your choice at any time in the settings of this site.\n"
)
PAGES = {
    "https://cello.example/": (
        "How a cello is made",
        NOTICE + "A cello is made of two kinds of wood: spruce for the top and maple for the back.\n"
        "The luthier bends the ribs of the cello over a hot iron before the top is glued on.\n"
        "Varnish protects the wood of a cello and changes the way it sounds.\n"
        "Our shop is closed on Mondays and on the second Friday of every month.",
        "spruce for the top",
    ),
    "https://gletscher.example/": (
        "Wie Gletscher Täler formen",
        "Abonnieren Sie unseren Rundbrief und erhalten Sie jede Woche neue Beiträge.\n"
        "Gletscher formen Täler, indem sie Gestein vom Untergrund abschleifen und mitführen.\n"
        "Aus einem engen Kerbtal wird durch das Eis der Gletscher ein breites Trogtal.\n"
        "Die Bilder auf dieser Seite dürfen nicht ohne Erlaubnis verwendet werden.",
        "Gletscher formen Täler",
    ),
}


def test_pages_are_summarised_by_what_they_are_about_while_nothing_else_is_to_be_done(
    chat_world: ChatWorld,
) -> None:
    for url, (title, text, _) in PAGES.items():
        chat_world.read(url, title, text)
    models = ChatModels(
        find_embedder=lambda: chat_world.embedder,
        find_entailment=lambda: None,
        find_writer=lambda: chat_world.models.manager.find_entry_for("chat"),
        lend_writer=chat_world.models.runtime.lend_language,
    )
    idle = IdleSummaries(Summaries(models))
    while idle.advance(chat_world.profile):
        pass
    database = chat_world.profile.database
    for url, (_, text, wanted) in PAGES.items():
        page = database.read(partial(pages.read_page, url=url))
        assert page is not None
        summary = find_summary(chat_world.profile, page.id)
        assert summary is not None
        assert summary.text is not None
        assert wanted in summary.text
        assert not any(part in summary.text for part in ("device", "Rundbrief", "Mondays", "Bilder"))
        assert all(sentence.strip(" .") in text for sentence in summary.text.split(". "))
        assert summary.model == chat_world.embedder.model_id
    # Embedding waits for nothing of this, and nobody is told that pages wait.
    waiting = database.read(lambda c: count_rows(c, database.path)).pending_jobs
    assert waiting == len(PAGES)
