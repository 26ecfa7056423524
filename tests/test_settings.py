"""Settings: one object, everything that is wrong at once, secrets never shown, and nothing read unasked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.__main__ import main
from analytics.breakdown.model_settings import ModelSettings
from analytics.delivery.settings import DeliverySettings
from analytics.environment import EnvironmentSettings, refuse_placeholders
from analytics.settings import Settings, SettingsError

ROOT = Path(__file__).parents[1]
LONG = "q7Rk" * 12
KINDS = (Settings, ModelSettings, DeliverySettings)


def refused(environment: dict[str, str], kind: type[EnvironmentSettings] = Settings) -> list[str]:
    with pytest.raises(SettingsError) as error:
        kind.from_environment(environment)
    return str(error.value).splitlines()


def documented() -> Iterator[tuple[str, str]]:
    """The settings of the README's table: name and default."""
    table = (ROOT / "README.md").read_text().split("\n## Settings\n")[1].split("\n## ")[0]
    for names, defaults in re.findall(r"^\| (`[A-Z`_, ]+) \| ([^|]+) \|", table, re.MULTILINE):
        names_of_row = re.findall(r"`([A-Z_]+)`", names)
        values = re.findall(r"`([^`]+)`", defaults)
        for place, name in enumerate(names_of_row):
            yield name, values[min(place, len(values) - 1)] if values else ""


def test_every_setting_is_documented_with_its_default() -> None:
    table = dict(documented())
    described = {setting.variable: setting for kind in KINDS for setting in kind.describe({})}
    assert set(described) == set(table)
    for name, default in table.items():
        if default:
            assert described[name].text == default, name
    assert {setting.source for setting in described.values()} == {"default"}


def test_the_example_for_compose_holds_the_same_settings_with_the_same_defaults() -> None:
    example = (ROOT / "deploy" / ".env.example").read_text()
    defaults = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", example, re.MULTILINE))
    described = {setting.variable: setting.text for kind in KINDS for setting in kind.describe({})}
    # Compose's own, and what the image, Compose and a real database set in place of the default.
    assert set(defaults) == set(described) | {"PUBLIC_HOST", "POSTGRES_PASSWORD", "COMPOSE_PROFILES", "HTTP_ADDRESS"}
    others = {"DATA_DIR": "/data", "LOG_FORMAT": "json", "LOG_LEVEL": "info"}
    assert {name: defaults[name] or "none" for name in described} == described | others
    # Uncommented as it stands, it opens nothing and asks for all that is needed.
    assert re.findall(r"^([A-Z_]+)=(.*)$", example, re.MULTILINE) == [
        ("PUBLIC_HOST", ""),
        ("POSTGRES_PASSWORD", ""),
        ("ADMIN_EMAILS", ""),
    ]


def test_each_secret_that_may_stand_in_a_file_is_named_where_files_are_explained() -> None:
    secrets = {
        name for kind in KINDS for name, field in kind.variables() if "SecretStr" in str(kind.model_fields[field])
    }
    assert "SMTP_URL" in secrets
    readme = (ROOT / "README.md").read_text().partition("A secret can also come from a file:")[2].partition("\n\n")[0]
    example = (ROOT / "deploy" / ".env.example").read_text().partition("Secrets may stand in files")[2]
    for text in (readme, example):
        assert {name.removesuffix("_FILE") for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", text)} == secrets


def test_everything_that_is_wrong_is_said_at_once_each_in_a_sentence() -> None:
    sentences = refused(
        {
            "TARGET_TECHNICAL": "7",
            "SESSION_HOURS": "nan",
            "OIDC_ISSUER": "https://a.example",
            "METRICS_TOKEN": "too-short-and-secret",
            "ADMIN_EMAILS": "boss",
            "WRITE_BACK": "maybe",
            "RETENTION_DAYS": "0",
            "DATA_DIR": "elsewhere",
        }
    )
    assert [sentence.split()[0] for sentence in sentences] == [
        *("TARGET_TECHNICAL", "ADMIN_EMAILS", "SESSION_HOURS"),
        *("OIDC_JWKS_URL", "WRITE_BACK", "METRICS_TOKEN", "RETENTION_DAYS"),
    ]
    assert all(sentence.endswith(".") for sentence in sentences)
    assert "secret" not in "".join(sentences)
    assert "TARGET_TECHNICAL must be a number between 0 and 1, such as 0.8; it is '7'." in sentences


@pytest.mark.parametrize("name", ["PLATFORM_JWT_SECRET", "METRICS_TOKEN", "OPENAI_API_KEY", "DATABASE_URL"])
@pytest.mark.parametrize(
    "text",
    [
        "your-secret-key-change-in-production-0123456789",
        "changeme-changeme-changeme-changeme",
        "<put the secret here, at least 32 long>",
        "replace this with a long random text",
        "postgresql://user:password@host:5432/name",
    ],
)
def test_an_examples_secret_is_refused_by_name(name: str, text: str) -> None:
    kind = ModelSettings if name.startswith("OPENAI") else Settings
    (sentence,) = refused({name: text}, kind)
    assert sentence.startswith(f"{name} still holds an example's text; put ")
    assert text not in sentence


def test_a_real_secret_is_no_placeholder() -> None:
    settings = Settings.from_environment(
        {"PLATFORM_JWT_SECRET": LONG, "DATABASE_URL": "postgresql://lab:Change1ess@db.example/lab"}
    )
    assert settings.url == "postgresql://lab:Change1ess@db.example/lab"
    assert "Change1ess" not in repr(settings) + str(settings)
    assert LONG not in repr(settings)


def test_streamlits_secrets_are_not_left_as_the_example_has_them() -> None:
    example = (ROOT / ".streamlit" / "secrets.example.toml").read_text()
    texts = dict(re.findall(r'^(\w+) = "([^"]+)"', example, re.MULTILINE))
    with pytest.raises(SettingsError) as error:
        refuse_placeholders({"auth": texts})
    named = [line.split()[0] for line in str(error.value).splitlines()]
    assert named == ["auth.cookie_secret", "auth.client_id", "auth.client_secret"]
    refuse_placeholders({"auth": texts | {"cookie_secret": LONG, "client_id": "dashboard", "client_secret": LONG}})


def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{LONG}\n")
    settings = Settings.from_environment({"PLATFORM_JWT_SECRET_FILE": str(file)})
    assert settings.secrets() == {"PLATFORM_JWT_SECRET": LONG}
    model = ModelSettings.from_environment({"OPENAI_API_KEY_FILE": str(file)})
    assert model.key == LONG
    # What is no secret is not looked for in files.
    assert Settings.from_environment({"SESSION_HOURS_FILE": str(file)}).session_hours == 8
    (both,) = refused({"PLATFORM_JWT_SECRET": LONG, "PLATFORM_JWT_SECRET_FILE": str(file)})
    assert both == "PLATFORM_JWT_SECRET and PLATFORM_JWT_SECRET_FILE are both set; leave one of them out."
    file.write_text("\n")
    (empty,) = refused({"DATABASE_URL_FILE": str(file)})
    assert empty == f"DATABASE_URL_FILE must name a file with the secret; '{file}' is empty."
    (gone,) = refused({"METRICS_TOKEN_FILE": str(tmp_path / "nothing")})
    assert gone.startswith("METRICS_TOKEN_FILE must name a file with the secret; ")


def test_building_settings_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("SESSION_HOURS", "3"), ("METRICS_TOKEN", LONG), ("MODEL_SAMPLES", "9"), ("MODEL", "other")):
        monkeypatch.setenv(name, value)
    assert Settings() == Settings.from_environment({})
    assert ModelSettings() == ModelSettings.from_environment({})
    assert Settings.from_environment().session_hours == 3


def test_changed_settings_are_checked_too() -> None:
    settings = ModelSettings(api_key="k", model="m", samples=2)
    changed = settings.with_changes(samples=3)
    assert (changed.key, changed.model, changed.samples, settings.samples) == ("k", "m", 3, 2)
    assert hash(changed) != hash(settings)
    with pytest.raises(SettingsError, match="MODEL_SAMPLES must be a whole number between 1 and 20; it is '0'"):
        settings.with_changes(samples=0)


def test_the_command_shows_where_everything_comes_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "key"
    file.write_text(LONG)
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(file))
    monkeypatch.setenv(
        "DATABASE_URL", "postgresql://lab:s3cret-pass/%20x@db.example/lab?sslpassword=s3cret-pass&sslmode=require"
    )
    monkeypatch.setenv("DIGEST_WEBHOOK_URL", "https://hooks.example/services/s3cret-pass")
    monkeypatch.setenv("PUBLIC_URL", "https://skills.example")
    monkeypatch.setenv("DIGEST_WEBHOOK_SECRET", "whsec_" + "A" * 44)
    assert main(["config", "--check"]) == 0
    out = capsys.readouterr().out
    lines = {line.split()[0]: line.split() for line in out.splitlines() if line and line.split()[0].isupper()}
    assert lines["DATABASE_URL"][1:] == [
        "postgresql://lab:***@db.example/lab?sslpassword=***&sslmode=require", "environment",
    ]  # fmt: skip
    assert lines["DIGEST_WEBHOOK_URL"][1:] == ["https://hooks.example/***", "environment"]
    assert lines["OPENAI_API_KEY"][1:] == ["***", "OPENAI_API_KEY_FILE"]
    assert lines["SESSION_HOURS"][1:] == ["8", "default"]
    assert out.endswith("All settings can be used.\n")
    assert LONG not in out
    assert "s3cret-pass" not in out


def test_the_command_shows_what_is_wrong_and_its_check_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SESSION_HOURS", "eight")
    monkeypatch.setenv("MODEL_SAMPLES", "many")
    assert main(["config"]) == 0
    shown = capsys.readouterr().out
    assert main(["config", "--check"]) == 1
    assert capsys.readouterr().out == shown
    assert "SESSION_HOURS must be a number of hours up to 720, such as 8; it is 'eight'." in shown
    assert "MODEL_SAMPLES must be a whole number between 1 and 20; it is 'many'." in shown
    # Any other command stops with the same sentence.
    assert main(["setup", "--check"]) == 1
    assert "SESSION_HOURS must be" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "text", "sentence"),
    [
        ("DATABASE_URL", "nonsense", "DATABASE_URL is not a database address. Write it as "),
        ("DATABASE_URL", "postgresql://u:p@host:port/db", "DATABASE_URL is not a database address. Write it as "),
        ("DATABASE_URL", "mysql://a/b", "DATABASE_URL names mysql; this program works with "),
        ("DATABASE_URL", "sqlite:///nowhere/at-all.db", "DATABASE_URL names a database file that does not exist. "),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be one of readable, json; it is 'xml'."),
        ("WRITE_BACK", "x" * 5000, f"WRITE_BACK must be on or off; it is '{'x' * 40}'."),
    ],
)
def test_what_no_database_and_no_log_can_be_made_of_is_said_before_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, text: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, text)
    assert main(["config", "--check"]) == 1
    *_, said = capsys.readouterr().out.splitlines()
    assert said.startswith(sentence)
    assert not Path("nowhere").exists()
