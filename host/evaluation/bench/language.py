"""An instruction model through the product, beside llama.cpp called directly in the same run."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from host.core.errors import ModelUnavailable
from host.core.paths import find_paths
from host.evaluation.bench.figures import Figure, OnProgress, at_least, median, plain
from host.models.language import InstructionModel, LanguageModel, Message
from host.models.quality_text import QUALITY_TEXT
from host.models.quantisation import choose_quantisation
from host.models.store import ModelStore
from host.workers.client import Worker

if TYPE_CHECKING:
    from host.models.store import Installed

CONTEXT = 2048
ROUNDS = 7
ANSWER_TOKENS = 64
RATIO_LIMIT = 0.95
# For the starter on a processor; other models come in other forms.
STARTER, FORM_LIMIT = "smollm2-135m-instruct", 2.0
_LOAD_S, _ANSWER_S = 120.0, 600.0


@dataclass(frozen=True)
class _Speed:
    """Tokens a second of one answer, as the one who asks sees it."""

    prompt: float
    generation: float


def bench_language(on_progress: OnProgress) -> list[Figure]:
    """Measure the first installed instruction model."""
    store = ModelStore(find_paths().models)
    installed = next((one for one in store.list_installed() if one.entry.type == "instruction"), None)
    if installed is None:
        raise ModelUnavailable("No instruction model is installed.", fix="Run: python3 -m host.install")
    original = installed.folder / next(one.path for one in installed.files if one.path.endswith(".gguf"))
    with ExitStack() as stack:
        on_progress("starting", 0, ROUNDS)
        began = time.perf_counter()
        ours = stack.enter_context(_open(installed, original))
        first = ours.generate(_write_messages("cold"), max_tokens=1)
        cold = time.perf_counter() - began
        began = time.perf_counter()
        ours.generate(_write_messages("warm"), max_tokens=1)
        warm = time.perf_counter() - began
        second = ours.generate(_write_messages("cold", "And what costs most?"), max_tokens=1)
        facts = ours.describe()
        bare = Worker(
            "bare llama.cpp",
            "host.models.bare_llama",
            {
                "file": str(original),
                "context": CONTEXT,
                "threads": facts.threads,
                "layers": facts.layers_on_device,
            },
        )
        stack.callback(bare.stop)
        bare.wait_ready(_LOAD_S)
        beside = _compare(ours, bare, on_progress)
        kept_file = _find_form(installed, original, store, stack)
        kept = stack.enter_context(_open(installed, kept_file))
        forms = _compare_forms(ours, kept, on_progress)
        name = kept.describe().quantisation
    target = FORM_LIMIT if installed.entry.id == STARTER and facts.device == "cpu" else None
    return [
        *beside,
        *_say_forms(forms, name, facts.quantisation, target),
        plain("prompt tokens, first request", first.evaluated_tokens, "tokens", f"of {first.prompt_tokens}"),
        plain(
            "the same beginning, another question",
            second.evaluated_tokens,
            "tokens",
            f"of {second.prompt_tokens}; the others were still known",
        ),
        plain("first request, nothing running", cold * 1000, "ms", f"loading included, {facts.load_s:.1f} s"),
        plain("a later request", warm * 1000, "ms", "another text of the same length"),
        plain("the model's process, resident", facts.resident / 1e6, "MB", f"context {facts.context}"),
    ]


def _open(installed: Installed, file: Path) -> _Opened:
    return _Opened(InstructionModel(installed.entry.id, file, installed.entry.context))


class _Opened:
    """A loaded model that is closed at the end of its block."""

    def __init__(self, model: InstructionModel) -> None:
        self._model = LanguageModel(model, context=CONTEXT)

    def __enter__(self) -> LanguageModel:
        if not self._model.wait_ready(_LOAD_S):
            raise self._model.failure or ModelUnavailable("The model was not loaded in time.")
        return self._model

    def __exit__(self, *_: object) -> None:
        self._model.close()


def _compare(ours: LanguageModel, bare: Worker, on_progress: OnProgress) -> list[Figure]:
    product: list[_Speed] = []
    direct: list[_Speed] = []
    for turn in range(ROUNDS):
        on_progress("beside llama.cpp itself", turn, ROUNDS)
        messages = _write_messages(f"round {turn}")
        # In turn the one and the other first, for the machine's mood changes.
        if turn % 2:
            product.append(_measure(ours, messages))
        header, _ = bare.request(
            "generate",
            {"messages": [asdict(one) for one in messages], "max_tokens": ANSWER_TOKENS},
            timeout=_ANSWER_S,
        )
        direct.append(
            _Speed(
                header["prompt_tokens"] / header["prompt_s"],
                (header["generated_tokens"] - 1) / header["generation_s"],
            )
        )
        if not turn % 2:
            product.append(_measure(ours, messages))
    prompts = [one.prompt / other.prompt for one, other in zip(product, direct, strict=True)]
    answers = [one.generation / other.generation for one, other in zip(product, direct, strict=True)]
    how = f"median of {ROUNDS} turns"
    return [
        plain("llama_cpp.Llama, prompt", median([one.prompt for one in direct]), "tokens/s"),
        plain("through the worker, prompt", median([one.prompt for one in product]), "tokens/s"),
        at_least("prompt, ratio", median(prompts), "x", RATIO_LIMIT, how),
        plain("llama_cpp.Llama, answer", median([one.generation for one in direct]), "tokens/s"),
        plain("through the worker, answer", median([one.generation for one in product]), "tokens/s"),
        at_least("answer, ratio", median(answers), "x", RATIO_LIMIT, how),
    ]


def _compare_forms(
    original: LanguageModel, kept: LanguageModel, on_progress: OnProgress
) -> list[tuple[_Speed, _Speed]]:
    found = []
    for turn in range(ROUNDS):
        on_progress("forms of the model", turn, ROUNDS)
        messages = _write_messages(f"form {turn}")
        found.append((_measure(original, messages), _measure(kept, messages)))
    return found


def _say_forms(
    forms: list[tuple[_Speed, _Speed]], name: str, before: str, target: float | None
) -> list[Figure]:
    ratio = median([kept.prompt / original.prompt for original, kept in forms])
    label, how = f"prompt, {name} beside {before} as downloaded", "the form that is kept for this processor"
    return [
        plain(f"prompt as {name}", median([kept.prompt for _, kept in forms]), "tokens/s"),
        at_least(label, ratio, "x", target, how) if target else plain(label, ratio, "x", how),
        plain(
            f"answer, {name} beside {before} as downloaded",
            median([kept.generation / original.generation for original, kept in forms]),
            "x",
        ),
    ]


def _measure(model: LanguageModel, messages: list[Message]) -> _Speed:
    times: list[float] = []
    began = time.perf_counter()
    answer = model.generate(
        messages, max_tokens=ANSWER_TOKENS, on_text=lambda _: times.append(time.perf_counter())
    )
    ended = time.perf_counter()
    first = times[0] if times else ended
    return _Speed(
        answer.prompt_tokens / (first - began), max(1, answer.generated_tokens - 1) / (ended - first)
    )


def _find_form(installed: Installed, original: Path, store: ModelStore, stack: ExitStack) -> Path:
    """The file that was kept for this processor; measured now when it never was."""
    record = store.read_metadata(installed.entry.id).get("quantisation")
    if isinstance(record, dict) and record.get("file"):
        return installed.folder / str(record["file"])
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aih-", ignore_cleanup_errors=True)))
    return choose_quantisation(original, folder).file


def _write_messages(mark: str, question: str = "Tell me in detail what happens here.") -> list[Message]:
    """A conversation whose beginning is different for each mark, so that none of it is known."""
    return [
        Message("system", f"({mark}) You answer questions about a text.\n\n{QUALITY_TEXT}"),
        Message("user", question),
    ]
