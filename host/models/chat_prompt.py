"""Messages into the prompt that a model was trained on, by the template in its own file.

What a message says is data. Text in it that looks like one of the model's control tokens is broken up by an
invisible character, so that it stays text and cannot end its message or begin another.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROLES = ("system", "user", "assistant")
TEMPLATE_KEY = "tokenizer.chat_template"
# "Word joiner": no width, no meaning, and no tokenizer takes it away.
_JOINER = "\u2060"


class ChatPrompt:
    """Writes prompts for one model."""

    def __init__(self, metadata: Mapping[str, str], begin: str, end: str, control: Iterable[str]) -> None:
        """Read the template.

        Args:
            metadata: of the model's file.
            begin: text of the token that begins a text, or nothing.
            end: text of the token that ends one.
            control: texts of all tokens that steer the model.

        Raises:
            jinja2.TemplateError: the template cannot be understood.
        """
        from llama_cpp.llama_chat_format import CHATML_CHAT_TEMPLATE, Jinja2ChatFormatter

        template = metadata.get(TEMPLATE_KEY) or CHATML_CHAT_TEMPLATE
        self._formatter: Any = Jinja2ChatFormatter(template, eos_token=end, bos_token=begin)
        texts = sorted({text for text in control if len(text) > 1}, key=len, reverse=True)
        self._control = re.compile("|".join(map(re.escape, texts))) if texts else None

    def write(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The prompt for the next answer.

        Args:
            messages: each with its role and content; at least one.

        Raises:
            InvalidInput: a role that is not known, or the model's template refuses such a conversation.
        """
        if not messages:
            raise InvalidInput("There is no message to answer.")
        told = [
            {"role": _check_role(message["role"]), "content": self.neutralise(message["content"])}
            for message in messages
        ]
        try:
            return self._render(told)
        except (ValueError, TypeError, ArithmeticError, LookupError, RuntimeError) as error:
            if told[0]["role"] == "system":
                # Some templates know no system message; its words then begin the first question.
                return self._render_or_refuse(_merge_system(told))
            raise InvalidInput(_refusal(error)) from error

    def neutralise(self, text: str) -> str:
        """The text without anything that would be read as a control token."""
        if self._control is None:
            return text
        while self._control.search(text):
            text = self._control.sub(lambda found: found[0][0] + _JOINER + found[0][1:], text)
        return text

    def _render_or_refuse(self, messages: list[dict[str, str]]) -> str:
        try:
            return self._render(messages)
        except (ValueError, TypeError, ArithmeticError, LookupError, RuntimeError) as error:
            raise InvalidInput(_refusal(error)) from error

    def _render(self, messages: list[dict[str, str]]) -> str:
        import jinja2

        try:
            return str(self._formatter(messages=messages).prompt)
        except jinja2.TemplateError as error:
            raise ValueError(type(error).__name__) from error


def _merge_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    system, rest = messages[0], [dict(message) for message in messages[1:]]
    if rest and rest[0]["role"] == "user":
        rest[0]["content"] = f"{system['content']}\n\n{rest[0]['content']}"
        return rest
    return [{"role": "user", "content": system["content"]}, *rest]


def _check_role(role: str) -> str:
    if role not in ROLES:
        raise InvalidInput(f"A message has the role {role!r}.", fix=f"Use one of: {', '.join(ROLES)}.")
    return role


def _refusal(error: Exception) -> str:
    return f"The model's own template refuses this conversation ({type(error).__name__})."
