import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters import settings as module
from adapters.settings import Settings, SettingsError, read_settings, secrets, shown, unmet


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for variable in list(os.environ):
        if variable.startswith("LINKAGE_"):
            monkeypatch.delenv(variable)
    return


def faults_of(**given: object) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_settings(**given)
    return caught.value.faults


def test_defaults_listen_on_this_machine_only_and_hold_no_secret():
    settings = read_settings()

    assert settings.host == "127.0.0.1"
    assert [getattr(settings, name) for name in secrets()] == [None] * len(secrets())
    assert not settings.sandbox
    assert not settings.allowed_networks


def test_variables_are_read_with_their_units(monkeypatch):
    monkeypatch.setenv("LINKAGE_PORT", "0")
    monkeypatch.setenv("LINKAGE_GIVE_UP_AFTER", "12h")
    monkeypatch.setenv("LINKAGE_MATERIAL_LIMIT", "1.5GiB")
    monkeypatch.setenv("LINKAGE_ALLOWED_NETWORKS", "10.0.0.0/8, fd00::/8")

    settings = read_settings()

    assert settings.port == 0
    assert settings.give_up_after == timedelta(hours=12)
    assert settings.material_limit == 1536 * 1024**2
    assert [str(network) for network in settings.allowed_networks] == ["10.0.0.0/8", "fd00::/8"]


@pytest.mark.parametrize("text", ["30", "30 minutes", "-1s", "0s", ""])
def test_duration_without_a_unit_or_a_length_is_refused(text):
    assert "WATCH_INTERVAL" in faults_of(watch_interval=text)[0]


def test_unknown_variable_names_the_nearest_known_one(monkeypatch):
    monkeypatch.setenv("LINKAGE_VAULT_KEYS", "x")
    monkeypatch.setenv("LINKAGE_DATABSE_URL", "x")

    assert faults_of() == [
        "LINKAGE_DATABSE_URL is not a setting: did you mean LINKAGE_DATABASE_URL?",
        "LINKAGE_VAULT_KEYS is not a setting: did you mean LINKAGE_VAULT_KEY?",
    ]


def test_every_fault_is_told_at_once(monkeypatch):
    monkeypatch.setenv("LINKAGE_PORT", "eighty")
    monkeypatch.setenv("LINKAGE_ROLE", "boss")
    monkeypatch.setenv("LINKAGE_PROT", "1")

    told = " ".join(faults_of())

    assert "LINKAGE_PORT:" in told
    assert "LINKAGE_ROLE:" in told
    assert "LINKAGE_PROT " in told


def test_secret_may_stand_in_a_file(monkeypatch, tmp_path: Path):
    secret = tmp_path / "vault.key"
    secret.write_text("from-the-file\n")
    monkeypatch.setenv("LINKAGE_VAULT_KEY_FILE", str(secret))

    found = read_settings().vault_key

    assert found is not None
    assert found.get_secret_value() == "from-the-file"


def test_secret_given_twice_is_refused(monkeypatch, tmp_path: Path):
    secret = tmp_path / "vault.key"
    secret.write_text("one")
    monkeypatch.setenv("LINKAGE_VAULT_KEY_FILE", str(secret))
    monkeypatch.setenv("LINKAGE_VAULT_KEY", "other")

    assert faults_of() == [
        "LINKAGE_VAULT_KEY and LINKAGE_VAULT_KEY_FILE are both set: keep one of them"
    ]


def test_secret_file_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("LINKAGE_DATABASE_URL_FILE", "/nowhere/url")

    [told] = faults_of()

    assert told == (
        "LINKAGE_DATABASE_URL_FILE: /nowhere/url cannot be read: No such file or directory; "
        "name the database, as postgresql://user:password@host/database"
    )


def test_secret_file_that_is_not_text_is_refused(monkeypatch, tmp_path: Path):
    secret = tmp_path / "vault.key"
    secret.write_bytes(b"\xff\xfe")
    monkeypatch.setenv("LINKAGE_VAULT_KEY_FILE", str(secret))

    assert faults_of() == ["a secret's file is not text"]


def test_fault_never_repeats_the_value(monkeypatch):
    monkeypatch.setenv("LINKAGE_OFFICE_CODE", "a-very-private-thing")

    assert "a-very-private-thing" not in " ".join(faults_of())


def test_shown_settings_hold_no_secret():
    settings = Settings(vault_key="hush", database_url="postgresql://u:hush@h/d")

    told = shown(settings)

    assert told["vault_key"] == told["database_url"] == "********"
    assert told["fingerprint_key"] is None
    assert "hush" not in str(told)
    assert "hush" not in repr(settings)


def test_every_setting_says_what_it_is_for():
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def test_settings_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        read_settings().port = 1


def test_what_serving_needs_comes_with_advice():
    assert [fault.split()[0] for fault in unmet(Settings())] == [
        "LINKAGE_DATABASE_URL",
        "LINKAGE_PLATFORM_KEY_FILE",
        "LINKAGE_VAULT_KEY",
    ]


def test_no_setting_is_mistaken_for_the_file_of_a_secret():
    named = [module.PREFIX + name.upper() for name in Settings.model_fields]

    assert len(module.variables()) == len(named) + len(secrets())
