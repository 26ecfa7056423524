"""The ways a step can fail, each with a sentence a coach understands."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """Why a skill has no new score."""

    # The model could not be asked, or its answer could not be used.
    NOT_CONFIGURED = "not_configured"
    BAD_KEY = "bad_key"
    PROXY = "proxy"
    CERTIFICATE = "certificate"
    UNKNOWN_HOST = "unknown_host"
    WRONG_ADDRESS = "wrong_address"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    RATE_LIMITED = "rate_limited"
    OUT_OF_CREDIT = "out_of_credit"
    UNAUTHORISED = "unauthorised"
    UNKNOWN_MODEL = "unknown_model"
    UNSUPPORTED = "unsupported"
    SERVER_ERROR = "server_error"
    REFUSED = "refused"
    TOO_LONG = "too_long"
    BAD_ANSWER = "bad_answer"
    CANCELLED = "cancelled"
    OVER_BUDGET = "over_budget"
    # The interview does not hold what an assessment needs.
    TOO_FEW_WORDS = "too_few_words"
    NO_CODE = "no_code"
    GARBLED = "garbled"
    SWAPPED = "swapped"
    # The model answered, but nothing of it can be shown.
    NOTHING_FOUND = "nothing_found"
    NO_EVIDENCE = "no_evidence"
    TOO_FEW_SAMPLES = "too_few_samples"
    # Rules read the interview instead of a model.
    OFFLINE = "offline"

    @property
    def sentence(self) -> str:
        """Describe the outcome in words a coach understands."""
        return _SENTENCES[self]

    @property
    def passes(self) -> bool:
        """Return whether the same step may succeed later without any change."""
        return self in _PASSING


# What an interview lacks is no failure of a run.
NOT_ASSESSABLE: Final = frozenset({Outcome.TOO_FEW_WORDS, Outcome.NO_CODE, Outcome.GARBLED, Outcome.SWAPPED})
_PASSING: Final = frozenset(
    {
        Outcome.UNREACHABLE,
        Outcome.TIMED_OUT,
        Outcome.RATE_LIMITED,
        Outcome.SERVER_ERROR,
        Outcome.BAD_ANSWER,
        Outcome.TOO_FEW_SAMPLES,
    }
)

_SENTENCES: Final[Mapping[Outcome, str]] = {
    Outcome.NOT_CONFIGURED: "No language model is connected. An administrator can set OPENAI_API_KEY or "
    "OPENAI_BASE_URL with OPENAI_MODEL.",
    Outcome.BAD_KEY: "OPENAI_API_KEY holds a character that no key has, such as a line break or a curly quote. "
    "An administrator can paste it again.",
    Outcome.PROXY: "The proxy between this program and the language model cannot be used. An administrator can check "
    "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.",
    Outcome.CERTIFICATE: "No secure connection to the language model's server could be made. An administrator can "
    "check SSL_CERT_FILE and the server's certificate.",
    Outcome.UNKNOWN_HOST: "The name of the language model's server was not found. An administrator can check "
    "OPENAI_BASE_URL and the network's name service.",
    Outcome.WRONG_ADDRESS: "No language model answers at this address. An administrator can check OPENAI_BASE_URL; "
    "most addresses end in /v1.",
    Outcome.UNREACHABLE: "The connection to the language model's server failed.",
    Outcome.TIMED_OUT: "The language model did not answer in time.",
    Outcome.RATE_LIMITED: "The language model's server is busy and asked to be left alone for a while.",
    Outcome.OUT_OF_CREDIT: "The account at the language model's provider has no credit left.",
    Outcome.UNAUTHORISED: "The language model's server did not accept our key.",
    Outcome.UNKNOWN_MODEL: "The server does not know this language model. An administrator can check OPENAI_MODEL "
    "and OPENAI_BASE_URL.",
    Outcome.UNSUPPORTED: "The language model's server did not understand what it was asked.",
    Outcome.SERVER_ERROR: "The language model's server failed.",
    Outcome.REFUSED: "The language model declined to assess this interview.",
    Outcome.TOO_LONG: "The interview is too long for this language model. An administrator can lower "
    "MODEL_TOKEN_BUDGET, or give the model a larger context.",
    Outcome.BAD_ANSWER: "The language model's answer could not be used.",
    Outcome.CANCELLED: "Cancelled before it was finished.",
    Outcome.OVER_BUDGET: "This would have used more tokens than one run may use. An administrator can raise "
    "MODEL_TOKEN_CEILING.",
    Outcome.TOO_FEW_WORDS: "The candidate said too little for this skill to be assessed.",
    Outcome.NO_CODE: "There is no code to assess in this interview.",
    Outcome.GARBLED: "The answers were recognised too badly to be assessed: many of their words are none.",
    Outcome.SWAPPED: "The candidate asks nearly all questions here, so the speakers may be swapped. "
    "Nothing was assessed.",
    Outcome.NOTHING_FOUND: "The language model found nothing in this interview to point to for this skill.",
    Outcome.NO_EVIDENCE: "Nothing the language model wrote could be traced to the transcript, so none of it is shown.",
    Outcome.TOO_FEW_SAMPLES: "The language model gave too few usable ratings for a score.",
    Outcome.OFFLINE: "A draft from simple rules has claims, but no scores.",
}
