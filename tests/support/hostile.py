"""Names and titles as nobody should choose them, and rows as no platform should store them."""

from __future__ import annotations

from typing import Any, Final

HOSTILE: Final[dict[str, str]] = {
    "html": '<b>Ivy</b><img src="https://evil.example/i.png" onerror="alert(1)"><script>alert(1)</script>',
    "markdown": "**Ivy** [link](https://evil.example) ![image](https://evil.example/m.png) `code` # head",
    "directive": ":red[Ivy] :material/home: :streamlit: :tada: $x^2$ -> a",
    "address": "https://evil.example/x www.evil.example ivy@evil.example",
    "emoji": "👩‍💻 Ivy 🏳️‍🌈",
    "right to left": "عمر الخطيب \u202eabc\u202c שלום",
    "long": "J" * 255,
    "words": "Ivy " * 63,
    "quotes": "Ivy \"'`´’ & <&amp;> %{y} {{x}} \\",
    "formula": '=HYPERLINK("https://evil.example";"Ivy")',
}

# Feedback as it may stand in the column, as JSON text.
DAMAGED: Final[dict[str, str]] = {
    "list": "[1, 2]",
    "string": '"good"',
    "empty": "{}",
    "null": "null",
    "double encoded": '"{\\"communication_score\\": 0.9}"',
    "scores as strings": '{"communication_score": "0.7", "technical_score": "n/a", "problem_solving_score": null}',
    "scores out of range": '{"communication_score": 7, "technical_score": -1, "problem_solving_score": true}',
    "breakdown null": '{"communication_score": 0.7, "skill_breakdown": null}',
    "breakdown of objects": '{"communication_score": 0.7, "skill_breakdown": {"communication": '
    '{"strengths": [{"a": 1}, null, "Listens"], "weaknesses": null, "recommendations": "Ask first"}}}',
    "lists of numbers": '{"technical_score": 0.6, "strengths": [1, {}], "topics_covered": "graphs", "summary": 3}',
    "surrogate": '{"communication_score": 0.7, "summary": "half \\ud83d of an emoji"}',
    "deep": '{"communication_score": 0.7, "x": ' + "[" * 200 + "]" * 200 + "}",
}

CONVERSATIONS: Final[dict[str, Any]] = {
    "string": "hello",
    "object": {"role": "user"},
    "odd messages": [
        None,
        3,
        {"role": "system", "content": "x"},
        {"role": "user"},
        {"role": "user", "content": "Here"},
    ],
    "odd code": [{"role": "user", "content": None, "metadata": {"type": "code_review", "code": 7, "code_quality": []}}],
}
