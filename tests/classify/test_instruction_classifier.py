from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from host.classify.categories import DEFAULT_CATEGORIES, Category
from host.classify.document import describe_document
from host.classify.instruction_classifier import (
    LABEL_TOKENS,
    LABELS,
    TEMPERATURE,
    InstructionClassifier,
    average_foreign,
    write_prompt,
)
from host.core.errors import Cancelled
from host.models.language_answers import Generation, LabelScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.models.language import Message

ANIMALS = Category("animals", "pets", ("File: cat.txt\n\ncat dog", "File: dog.txt\n\ndog dog"))
VEHICLES = Category("vehicles", "things with wheels", ("File: car.txt\n\ncar car",))


class Parrot:
    """Finds a text the likelier the more of its words stand in the prompt."""

    def __init__(self, likes: str = "?", liking: float = 0.0) -> None:
        self.prompts: list[list[Message]] = []
        self.longest = 0
        self.lanes: set[str] = set()
        self.likes, self.liking = likes, liking

    def score_labels(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        *,
        cancelled: threading.Event | None = None,
        lane: str = "interactive",
    ) -> LabelScores:
        assert cancelled is None
        self.prompts.append(list(messages))
        self.lanes.add(lane)
        self.longest = max(self.longest, *map(len, labels))
        assert len(labels) <= LABELS
        known = messages[-1].content
        bias = self.liking * (self.likes in messages[0].content)
        scores = [bias - 4.0 * sum(word not in known for word in label.split()) for label in labels]
        return LabelScores(scores, self.count_tokens(labels), 10, 10, 0.0)

    def generate(self, messages: Sequence[Message], *, max_tokens: int, **_: Any) -> Generation:
        assert 10 < max_tokens < 200
        about = messages[-1].content.partition("the category ")[2].split()[0]
        return Generation(f" It is\n {about} ", "end", 30, 30, 5, 0.0, 0.0)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        # Each character is one: what would be cut is cut.
        return [len(text) for text in texts]


def test_a_text_goes_to_the_category_of_which_it_could_be_an_example() -> None:
    found = InstructionClassifier(Parrot()).classify(
        ["File: cat.txt\n\nx", "File: car.txt\n\nx"], [ANIMALS, VEHICLES]
    )
    assert [one.category for one in found] == ["animals", "vehicles"]
    for one in found:
        assert sum(one.scores.values()) == pytest.approx(1.0)
        assert one.confidence == one.scores[one.category] > 0.8
        assert one.tokens > 0


def test_a_category_that_likes_everything_gets_less_for_it() -> None:
    plants = Category("plants", "they grow", ("File: tree.txt\n\nleaf",))
    three = [ANIMALS, VEHICLES, plants]
    fair = InstructionClassifier(Parrot()).classify(["File: new.txt\n\n."], three)[0]
    fond = InstructionClassifier(Parrot("plants", 2.0)).classify(["File: new.txt\n\n."], three)[0]
    assert max(fair.scores.values()) == pytest.approx(min(fair.scores.values()))
    shown = math.log(fond.scores["plants"] / fond.scores["animals"]) * TEMPERATURE
    # As it is liked by 2 in the heading, and in the body, which counts a quarter, it would be 2.5.
    assert 0 < shown < 2.0


def test_what_categories_like_is_measured_once_for_a_model() -> None:
    parrot = Parrot()
    for _ in range(3):
        # A classifier lives for a request.
        InstructionClassifier(parrot).classify(["File: cat.txt\n\nx"], [ANIMALS, VEHICLES])
    assert len(parrot.prompts) == 2 + 3 * 2


def test_liking_is_measured_on_what_is_not_ones_own() -> None:
    owners = np.array([0, 1, 2])
    same = np.array([[9.0, 1.0, 1.0], [1.0, 9.0, 1.0], [1.0, 1.0, 9.0]])
    np.testing.assert_allclose(average_foreign(same, owners), 0.0)
    fond = same + np.array([0.0, 3.0, 0.0])
    found = average_foreign(fond, owners)
    assert found[1] == pytest.approx(1.5)
    assert found[0] == found[2] < 0
    assert not average_foreign(np.ones((2, 2)), np.array([0, 1])).any()
    assert not average_foreign(np.zeros((0, 5)), np.zeros(0, dtype=np.int64)).any()


def test_a_sure_heading_is_enough() -> None:
    parrot = Parrot()
    InstructionClassifier(parrot).classify(["File: dog.txt\n\nx"], [ANIMALS, VEHICLES])
    parrot.prompts.clear()
    InstructionClassifier(parrot).classify(["File: cat.txt\n\nunseen words"], [ANIMALS, VEHICLES])
    assert len(parrot.prompts) == 2


def test_the_body_is_looked_at_where_the_heading_leaves_doubt() -> None:
    parrot = Parrot()
    InstructionClassifier(parrot).classify(["File: dog.txt\n\nx"], [ANIMALS, VEHICLES])
    parrot.prompts.clear()
    found = InstructionClassifier(parrot).classify(["File: new.txt\n\ncar"], [ANIMALS, VEHICLES])[0]
    assert found.category == "vehicles"
    assert len(parrot.prompts) == 4


def test_a_text_without_a_heading_is_judged_by_its_body() -> None:
    found = InstructionClassifier(Parrot()).classify(["dog cat dog cat"], [ANIMALS, VEHICLES])[0]
    assert found.category == "animals"


def test_each_prompt_is_asked_once_for_many_texts() -> None:
    parrot = Parrot()
    InstructionClassifier(parrot).classify(["File: dog.txt\n\nx"], [ANIMALS, VEHICLES])
    parrot.prompts.clear()
    texts = [f"File: cat.txt\n\n{number}" for number in range(LABELS)]
    assert len(InstructionClassifier(parrot).classify(texts, [ANIMALS, VEHICLES])) == LABELS
    assert len(parrot.prompts) == 2


def test_the_prompt_of_a_category_is_the_same_for_every_text() -> None:
    first, second = Parrot(), Parrot()
    InstructionClassifier(first).classify(["File: cat.txt\n\nx"], [ANIMALS, VEHICLES])
    InstructionClassifier(second).classify(["File: car.txt\n\ny"], [ANIMALS, VEHICLES])
    assert first.prompts == second.prompts


def test_a_label_is_cut_to_what_can_be_scored() -> None:
    parrot = Parrot()
    InstructionClassifier(parrot).classify(["字" * 390 + "\n\nx", "y" * 5000], [ANIMALS, VEHICLES])
    assert parrot.longest <= LABEL_TOKENS


def test_an_empty_text_leaves_all_categories_alike() -> None:
    found = InstructionClassifier(Parrot()).classify([""], [ANIMALS, VEHICLES])[0]
    assert found.scores == {"animals": 0.5, "vehicles": 0.5}


def test_the_reason_is_asked_for_after_the_decision() -> None:
    classifier = InstructionClassifier(Parrot())
    text = "File: car.txt\n\nx"
    assert classifier.classify([text], [ANIMALS, VEHICLES])[0].reasoning is None
    asked = classifier.classify([text], [ANIMALS, VEHICLES], reasoning=True)[0]
    assert asked.category == "vehicles"
    assert asked.reasoning == "It is vehicles"


def test_people_go_first_unless_one_waits_for_it() -> None:
    behind, ahead = Parrot(), Parrot()
    InstructionClassifier(behind).classify(["a\n\nb"], [ANIMALS, VEHICLES])
    InstructionClassifier(ahead, lane="interactive").classify(["a\n\nb"], [ANIMALS, VEHICLES])
    assert (behind.lanes, ahead.lanes) == ({"background"}, {"interactive"})


def test_a_cancelled_classification_asks_no_more() -> None:
    cancelled = threading.Event()
    cancelled.set()
    parrot = Parrot()
    with pytest.raises(Cancelled):
        InstructionClassifier(parrot).classify(["x"], [ANIMALS, VEHICLES], cancelled=cancelled)
    assert parrot.prompts == []


def test_a_category_without_examples_is_asked_for_by_its_description() -> None:
    system, user = write_prompt(Category("poems", "verse"), body=False)
    assert "poems" in system.content
    assert "verse" in system.content
    assert user.content == "Give an example."


@pytest.mark.parametrize("body", [False, True])
def test_the_prompts_of_the_default_categories_fit_a_small_context(body: bool) -> None:
    for category in DEFAULT_CATEGORIES:
        assert sum(len(message.content) for message in write_prompt(category, body=body)) < 2000
    assert "File: Makefile" in write_prompt(DEFAULT_CATEGORIES[5], body=False)[1].content
    assert describe_document("Makefile", "all:").startswith("File: Makefile")
