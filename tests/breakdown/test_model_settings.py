from __future__ import annotations

import pytest

from analytics.breakdown.model_settings import OPENAI_DEFAULT_MODEL, ModelSettings


def test_nothing_set_is_no_model() -> None:
    settings = ModelSettings.from_environment({})
    assert settings == ModelSettings()
    assert not settings.is_configured
    assert settings.model_name == ""


@pytest.mark.parametrize(
    ("environment", "configured", "name", "host"),
    [
        ({"OPENAI_API_KEY": "k"}, True, OPENAI_DEFAULT_MODEL, "api.openai.com"),
        ({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": ""}, True, OPENAI_DEFAULT_MODEL, "api.openai.com"),
        (
            {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://api.openai.com/v1/", "OPENAI_MODEL": "m"},
            True,
            "m",
            "api.openai.com",
        ),
        ({"OPENAI_API_KEY": "  "}, False, "", "api.openai.com"),
        ({"OPENAI_MODEL": "m"}, False, "m", "api.openai.com"),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1", "OPENAI_MODEL": "m"}, True, "m", "localhost:11434"),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1"}, False, "", "localhost:11434"),
    ],
)
def test_when_there_is_a_model(environment: dict[str, str], configured: bool, name: str, host: str) -> None:
    settings = ModelSettings.from_environment(environment)
    assert (settings.is_configured, settings.model_name, settings.host) == (configured, name, host)


def test_every_limit_can_be_set() -> None:
    settings = ModelSettings.from_environment(
        {
            "MODEL_SAMPLES": "3",
            "MODEL_TIMEOUT": "1.5",
            "MODEL_DEADLINE": "60",
            "MODEL_RETRIES": "0",
            "MODEL_CONCURRENCY": "2",
            "MODEL_TOKEN_BUDGET": "8000",
            "MODEL_TOKEN_CEILING": "90000",
            "MINIMUM_WORDS": "40",
            "MODEL_PRICE_IN": "2.5",
            "MODEL_PRICE_CACHED": "0.25",
            "MODEL_PRICE_OUT": "10",
            "MODEL_TRANSCRIBES": "writer-1",
            "MODEL_EXTRA": '{"enable_thinking": false}',
        }
    )
    assert settings == ModelSettings(
        samples=3,
        timeout=1.5,
        deadline=60,
        retries=0,
        concurrency=2,
        token_budget=8000,
        token_ceiling=90000,
        minimum_words=40,
        price_in=2.5,
        price_cached=0.25,
        price_out=10.0,
        transcribes="writer-1",
        extra={"enable_thinking": False},
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL_SAMPLES", "many"),
        ("MODEL_SAMPLES", "0"),
        ("MODEL_SAMPLES", "2.5"),
        ("MODEL_TIMEOUT", "nan"),
        ("MODEL_PRICE_IN", "-1"),
        ("MODEL_PRICE_OUT", "cheap"),
        ("MODEL_TIMEOUT", "-1"),
        ("MODEL_TOKEN_BUDGET", "10"),
        ("OPENAI_BASE_URL", "localhost:8000"),
        ("OPENAI_BASE_URL", "ftp://x/v1"),
        ("OPENAI_BASE_URL", "http://x:99999/v1"),
        ("MODEL_EXTRA", "enable_thinking=false"),
        ("MODEL_EXTRA", "[1]"),
        ("MODEL_EXTRA", '{"messages": ["secret"]}'),
        ("MODEL_EXTRA", "{" * 100_000),
        ("OPENAI_BASE_URL", "https://user:secret@x/v1"),
    ],
)
def test_what_cannot_be_used_is_named_and_secrets_are_not_repeated(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name) as raised:
        ModelSettings.from_environment({name: value})
    assert "secret" not in str(raised.value)


def test_what_tokens_cost_is_said_where_prices_are_set() -> None:
    settings = ModelSettings(price_in=2.0, price_cached=0.2, price_out=8.0)
    assert settings.cost(500_000, 100_000) == "1.80 at the set prices"
    assert settings.cost(500_000, 100_000, cached_tokens=400_000) == "1.08 at the set prices"
    assert settings.cost(100, 10) == "less than 0.01 at the set prices"
    assert ModelSettings(price_in=2.0).cost(500_000, 0, cached_tokens=400_000) == "1.00 at the set prices"
    assert ModelSettings().cost(500_000, 100_000) == ""


def test_the_key_is_in_no_representation() -> None:
    settings = ModelSettings(api_key="sk-very-secret")
    assert "secret" not in repr(settings)
    assert "secret" not in str(settings)
