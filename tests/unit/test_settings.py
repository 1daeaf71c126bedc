"""Settings: a file, the environment over it, errors that name the field, nothing secret in a log."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from longshore.errors import SettingsError
from longshore.settings import Settings, read_settings, redact
from pydantic import SecretStr


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the settings file, which a test writes."""
    path = tmp_path / "longshore.yaml"
    monkeypatch.setenv("LONGSHORE_CONFIG", str(path))
    return path


def test_defaults_need_no_file() -> None:
    settings = read_settings()
    assert settings.namespaces == ()
    assert (settings.lease_duration_seconds, settings.lease_renew_seconds, settings.lease_retry_seconds) == (
        15,
        10,
        2,
    )


def test_a_file(config: Path) -> None:
    config.write_text("namespaces: [ci, release]\nhttp_port: 9090\n")
    settings = read_settings()
    assert (settings.namespaces, settings.http_port) == (("ci", "release"), 9090)


def test_the_environment_beats_the_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("http_port: 9090\nlog_level: debug\n")
    monkeypatch.setenv("LONGSHORE_HTTP_PORT", "7070")
    monkeypatch.setenv("LONGSHORE_NAMESPACES", '["ci"]')
    settings = read_settings()
    assert (settings.http_port, settings.log_level, settings.namespaces) == (7070, "debug", ("ci",))


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "not a number": ({"http_port": "http"}, "http_port (LONGSHORE_HTTP_PORT): Input should be a valid integer"),
    "too large": ({"http_port": 70000}, "http_port (LONGSHORE_HTTP_PORT): Input should be less than or equal"),
    "not a choice": ({"log_level": "loud"}, "log_level (LONGSHORE_LOG_LEVEL): Input should be 'debug'"),
    "not a list": ({"namespaces": "ci"}, "namespaces (LONGSHORE_NAMESPACES): Input should be a valid tuple"),
    "empty": ({"runner_image": ""}, "runner_image (LONGSHORE_RUNNER_IMAGE): String should have"),
    "unknown": ({"htp_port": 1}, "htp_port (LONGSHORE_HTP_PORT): Extra inputs are not permitted"),
    "zero": ({"api_rate": 0}, "api_rate (LONGSHORE_API_RATE): Input should be greater than 0"),
    "no Run at all": ({"max_running_runs": 0}, "max_running_runs (LONGSHORE_MAX_RUNNING_RUNS): Input should be"),
    "no step at all": ({"max_running_steps": 0}, "max_running_steps (LONGSHORE_MAX_RUNNING_STEPS): Input should"),
    "renewed too late": ({"lease_renew_seconds": 15}, "lease_renew_seconds has to be less than"),
    "tried too late": ({"lease_retry_seconds": 10}, "lease_retry_seconds has to be less than"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(config: Path, name: str) -> None:
    settings, message = WRONG[name]
    config.write_text(yaml.safe_dump(settings))
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_that_is_wrong_is_named_at_once(config: Path) -> None:
    config.write_text("http_port: 0\nlog_level: loud\n")
    with pytest.raises(SettingsError, match=r"http_port .*; .*log_level|log_level .*; .*http_port"):
        read_settings()


@pytest.mark.parametrize("text", ["http_port: [", "- a\n- b\n", "just text", "a: \x00"])
def test_a_file_that_is_no_map(config: Path, text: str) -> None:
    config.write_text(text)
    with pytest.raises(SettingsError, match=f"LONGSHORE_CONFIG: {config} (is not YAML|has to hold)"):
        read_settings()


def test_an_empty_file_changes_nothing(config: Path) -> None:
    config.write_text("")
    assert read_settings().http_port == 8080


def test_a_list_in_the_environment_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGSHORE_NAMESPACES", "ci,release")
    with pytest.raises(SettingsError, match="namespaces"):
        read_settings()


def test_a_file_that_is_not_there(config: Path) -> None:
    with pytest.raises(SettingsError, match=f"LONGSHORE_CONFIG: {config} can't be read: No such file"):
        read_settings()


class SecretiveSettings(Settings):
    """Settings with a secret, as a later version may have."""

    token: SecretStr


def test_secrets_are_not_logged() -> None:
    shown = redact(SecretiveSettings(token=SecretStr("hunter2")))
    assert shown["token"] == "**********"
    assert "hunter2" not in str(shown)
    assert shown["http_port"] == 8080
