"""How soon a question shows its sources and its first word, and what a second question costs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from host.chat.prompt import DEFAULT_SYSTEM_PROMPT
from host.client import Client
from host.core.errors import ModelUnavailable
from host.evaluation.bench.corpus import Vocabulary
from host.evaluation.bench.figures import Figure, OnProgress, at_most, median, percentile, plain
from host.evaluation.bench.home import temporary_home, wait_for_jobs
from host.evaluation.bench.search import PROFILE, fill_history
from host.models.cores import count_cores
from host.models.installed import find_embedding_model, find_language_file
from host.models.store import ModelStore
from host.storage import conversations
from host.storage.database import Database
from host.storage.vector_spaces import VectorSpace
from host.workers.client import Worker

if TYPE_CHECKING:
    from host.core.paths import Paths
    from host.storage.conversations import StoredMessage

SOURCES_LIMIT_MS = 300
FIRST_WORD_LIMIT = 1.15
# Evaluated tokens of a second question beside those that are new.
SECOND_LIMIT = 1.05
ROUNDS = 7
QUESTIONS = 60
_WAIT_S = 300.0
_NEWEST = 1_760_000_000_000
_PLACES = (
    "Skerrow", "Aldermoor", "Pennow", "Hartsea", "Lowmarsh", "Eastry", "Tolland", "Graymouth", "Wexcombe",
    "Fernhithe", "Ostwick", "Marlow", "Inverdale", "Corsley", "Brackness", "Dunmere",
)  # fmt: skip
_KEEPERS = ("Anna Brandt", "Joel Marsh", "Mina Okoro", "Peter Vane")


@dataclass
class _Asked:
    """One question over the wire, as the one who asks sees it; milliseconds."""

    sources_ms: float = 0.0
    first_word_ms: float = 0.0
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def timings(self) -> dict[str, Any]:
        """What the service itself says of it."""
        found: dict[str, Any] = self.result["timings"]
        return found


def bench_chat_speed(on_progress: OnProgress, page_count: int) -> list[Figure]:
    """Ask a history of `page_count` invented pages, and some that can be asked about.

    Time to the first word is held against llama.cpp called directly in the same run, which reads the same
    messages from nothing; where the product knew their beginning already, only the share that it had to read
    is counted.

    Raises:
        ModelUnavailable: an embedding or an instruction model is missing.
    """
    with temporary_home(models=True) as paths:
        model = find_embedding_model(paths.models)
        if model is None:
            message = "No embedding model is installed."
            raise ModelUnavailable(message, fix="Run: python3 -m host.install")
        vocabulary = Vocabulary()
        space = VectorSpace(model.model_id, model.dimensions)
        fill_history(paths, vocabulary, page_count, space, on_progress)
        with Client(profile_id=PROFILE, paths=paths) as client:
            _capture_places(client)
            wait_for_jobs(client, _WAIT_S)
            _ask(client, _write_question(0), engine="extractive", wait_ms=60_000)
            figures = [plain("pages", page_count + len(_PLACES), "pages")]
            figures += _time_sources(client, vocabulary, on_progress)
            warm = _ask(client, _write_question(1), engine="written")
            if warm.result["engine"] != "written":
                problem = warm.result.get("problem") or {}
                message = problem.get("reason") or "No answer was written."
                raise ModelUnavailable(message, fix="Run: python3 -m host.install")
            figures += _time_first_word(client, paths, str(warm.result["model"]), on_progress)
            figures += _count_second_question(client, on_progress)
    return figures


def _time_sources(client: Client, vocabulary: Vocabulary, on_progress: OnProgress) -> list[Figure]:
    questions = [_write_question(number) for number in range(QUESTIONS // 2)]
    questions += [f"What is {query}?" for query in vocabulary.make_queries(QUESTIONS // 2)]
    times, totals = [], []
    for number, question in enumerate(questions):
        on_progress("sources", number, len(questions))
        began = time.perf_counter()
        times.append(_ask(client, question, engine="extractive").sources_ms)
        totals.append((time.perf_counter() - began) * 1000)
    note = f"{len(times)} different questions over the wire"
    return [
        at_most("until the sources appear, median", median(times), "ms", SOURCES_LIMIT_MS, note),
        at_most("until the sources appear, 95th percentile", percentile(times, 0.95), "ms", SOURCES_LIMIT_MS),
        plain("extractive answer or refusal complete, median", median(totals), "ms"),
        plain("extractive answer or refusal complete, 95th percentile", percentile(totals, 0.95), "ms"),
    ]


def _time_first_word(client: Client, paths: Paths, model: str, on_progress: OnProgress) -> list[Figure]:
    bare = _open_bare(paths, model, _count_layers(client, model))
    whole, shares, firsts, prompts = [], [], [], []
    try:
        for number in range(ROUNDS):
            on_progress("first word", number, ROUNDS)
            asked = _ask(client, _write_question(number + 2), engine="written")
            timings = asked.timings
            if not timings.get("evaluated_tokens"):
                # A model that was cut short because it repeated itself does not say what it read.
                continue
            read = timings["evaluated_tokens"] / timings["prompt_tokens"]
            header, _ = bare.request(
                "generate", {"messages": _find_messages(paths, asked), "max_tokens": 1}, timeout=_WAIT_S
            )
            directly = header["prompt_s"] * 1000 * read
            whole.append(asked.first_word_ms / directly)
            shares.append((asked.first_word_ms - asked.sources_ms) / directly)
            firsts.append(asked.first_word_ms)
            prompts.append(timings["prompt_tokens"])
    finally:
        bare.stop()
    if not whole:
        return []
    note = f"median of {len(whole)} turns, from asking, with the search; {model}"
    return [
        plain("first word of a written answer, median", median(firsts), "ms", f"{median(prompts):g} tokens"),
        at_most("first word / bare prompt evaluation", median(whole), "x", FIRST_WORD_LIMIT, note),
        plain("the same from the sources on", median(shares), "x"),
    ]


def _count_second_question(client: Client, on_progress: OnProgress) -> list[Figure]:
    ratios, read, new = [], [], []
    for number in range(ROUNDS):
        on_progress("second question", number, ROUNDS)
        first = _ask(client, _write_question(number + 9), engine="written")
        second = _ask(
            client,
            _write_question(number + 10),
            engine="written",
            conversation_id=first.result["conversation_id"],
        )
        if not (first.timings.get("evaluated_tokens") and second.timings.get("evaluated_tokens")):
            continue
        # What was generated is known, too: all but its last token was computed.
        known = first.timings["prompt_tokens"] + first.timings["generated_tokens"]
        new.append(second.timings["prompt_tokens"] - known)
        read.append(second.timings["evaluated_tokens"])
        ratios.append(read[-1] / new[-1])
    if not ratios:
        return []
    return [
        plain("a second question reads", median(read), "tokens", f"of which are new: {median(new):g}"),
        at_most(
            "read by a second question / new", median(ratios), "x", SECOND_LIMIT, f"median of {len(ratios)}"
        ),
    ]


def _ask(client: Client, question: str, **params: Any) -> _Asked:
    asked = _Asked()
    began = time.perf_counter()

    def hear(value: dict[str, Any]) -> None:
        now = (time.perf_counter() - began) * 1000
        if "sources" in value and not asked.sources_ms:
            asked.sources_ms = now
        if "delta" in value and not asked.first_word_ms:
            asked.first_word_ms = now

    asked.result = client.call("chat.ask", on_progress=hear, question=question, **params)
    return asked


def _capture_places(client: Client) -> None:
    """Pages of real sentences, so that something answers a question."""
    for number, place in enumerate(_PLACES):
        text = (
            f"The lighthouse of {place} was built in {1700 + 11 * number} after three ships had been lost. "
            f"Its first keeper was {_KEEPERS[number % len(_KEEPERS)]}, who lived on the rock for nine years. "
            f"The lamp of {place} burned oil, and it was seen from {12 + number} miles away. "
            "In winter the path over the causeway is closed, and bread comes by boat once a week. "
        )
        client.call(
            "pages.capture",
            url=f"https://{place.lower()}.example/light",
            title=f"The lighthouse of {place}",
            text=text + "\n\n" + text.replace("The lamp", "In its day the lamp"),
            visited_at=_NEWEST + number,
        )


def _write_question(number: int) -> str:
    place = _PLACES[number % len(_PLACES)]
    kinds = (
        f"When was the lighthouse of {place} built?",
        f"Who was the first keeper of the lighthouse of {place}?",
        f"From how far away was the lamp of {place} seen?",
    )
    return kinds[number // len(_PLACES) % len(kinds)]


def _find_messages(paths: Paths, asked: _Asked) -> list[dict[str, str]]:
    """The messages that the model was given, as they are stored."""
    with Database(paths.database(PROFILE)) as database:
        found: list[StoredMessage] = database.read(
            lambda connection: conversations.read_messages(connection, asked.result["conversation_id"])
        )
    return [
        {"role": "system", "content": DEFAULT_SYSTEM_PROMPT},
        {"role": "user", "content": found[-1].shown},
    ]


def _count_layers(client: Client, model: str) -> int:
    """Layers of the model that are on an accelerator, as it is loaded now."""
    found = client.call("models.list")["models"]
    return next((one.get("layers_on_device") or 0 for one in found if one["id"] == model), 0)


def _open_bare(paths: Paths, model: str, layers: int) -> Worker:
    store = ModelStore(paths.models)
    installed = store.find(model)
    if installed is None:
        message = f"{model} is not installed."
        raise ModelUnavailable(message)
    bare = Worker(
        "bare llama.cpp",
        "host.models.bare_llama",
        {
            "file": str(find_language_file(installed, store.read_metadata(model))),
            "context": 2048,
            "threads": count_cores(),
            "layers": layers,
        },
    )
    bare.wait_ready(_WAIT_S)
    return bare
