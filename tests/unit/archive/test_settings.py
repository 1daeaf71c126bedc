"""The archive's settings: only from the environment, with messages that name the variable."""

import pytest
from longshore.archive.settings import read_settings
from longshore.errors import SettingsError


def test_the_environment_says_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGSHORE_ARCHIVE_NAMESPACE", "team")
    settings = read_settings()
    assert (settings.namespace, str(settings.data), settings.artifacts) == ("team", "/archive", None)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "LONGSHORE_ARCHIVE_NAMESPACE: Field required"),
        ({"NAMESPACE": "a", "PORT": "x"}, "LONGSHORE_ARCHIVE_PORT: "),
    ],
)
def test_a_mistake_is_named(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], message: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"LONGSHORE_ARCHIVE_{name}", value)
    with pytest.raises(SettingsError, match=message):
        read_settings()
