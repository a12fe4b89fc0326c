"""What a server behind another one believes, and what servers behind this one are told to believe."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from kroute import delegating, settings
from kroute.auth import methods, proxies
from kroute.server import certificates
from kroute.webhook import hosts, kubeconfigs

DATA = {
    "client-ca-file": "clients",
    "requestheader-client-ca-file": "proxies",
    "requestheader-allowed-names": '["front-proxy-client"]',
    "requestheader-username-headers": '["X-Remote-User"]',
    "requestheader-group-headers": '["X-Remote-Group", "X-More"]',
    "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
}


@pytest.fixture
def directory(tmp_path: Path) -> certificates.Directory:
    return certificates.Directory(tmp_path)


def chosen(**access: object) -> settings.Settings:
    return settings.Settings(access=dataclasses.replace(methods.Options(host="kubeconfig"), **access))  # type: ignore[arg-type]


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "target", lambda where: kubeconfigs.Target(url="https://host", ssl=None))
    monkeypatch.setattr(hosts, "trusted", lambda target: DATA)


@pytest.mark.usefixtures("host")
def test_clients_and_proxies_of_the_host_are_believed(directory: certificates.Directory) -> None:
    access = delegating.looked_up(chosen(), directory).access
    assert access.client_ca_file is not None
    assert access.client_ca_file.read_text() == "clients"
    given = access.proxies
    assert given.client_ca_file is not None
    assert given.client_ca_file.read_text() == "proxies"
    assert given.allowed_names == ("front-proxy-client",)
    assert (given.username_headers, given.uid_headers) == (("X-Remote-User",), ())
    assert given.group_headers == ("X-Remote-Group", "X-More")


@pytest.mark.usefixtures("host")
def test_what_the_settings_say_comes_first(directory: certificates.Directory, tmp_path: Path) -> None:
    own = tmp_path / "own.crt"
    given = proxies.Options(client_ca_file=own)
    access = delegating.looked_up(chosen(client_ca_file=own, proxies=given), directory).access
    assert (access.client_ca_file, access.proxies) == (own, given)


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("access", [{"host": ""}, {"skip_lookup": True}])
def test_a_host_that_is_not_to_be_asked_is_not(directory: certificates.Directory, access: dict[str, object]) -> None:
    given = chosen(**access)
    assert delegating.looked_up(given, directory) is given


def test_a_host_that_can_not_be_asked(directory: certificates.Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(where: str) -> kubeconfigs.Target:
        raise hosts.HostError("nobody there")

    monkeypatch.setattr(hosts, "target", fail)
    with pytest.raises(ValueError, match="nobody there"):
        delegating.looked_up(chosen(), directory)
    given = chosen(tolerate_lookup_failure=True)
    assert delegating.looked_up(given, directory) is given


@pytest.mark.parametrize("text", ["{}", "1", "[", '"a"'])
def test_a_list_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        delegating.words({"requestheader-allowed-names": text}, "requestheader-allowed-names")


def test_servers_behind_this_one_are_told_of_its_own_proxy_or_of_those_it_believes(
    directory: certificates.Directory, tmp_path: Path
) -> None:
    plain = settings.Settings()
    own = delegating.told(plain, directory, aggregator=True)
    assert own.client_ca_file == directory.path / "pki" / "front-proxy-ca.crt"
    assert own.allowed_names == ("front-proxy-client",)
    assert delegating.told(plain, directory, aggregator=False) == proxies.Options()
    given = proxies.Options(client_ca_file=tmp_path / "given.crt")
    access = methods.Options(proxies=given)
    assert delegating.told(settings.Settings(access=access), directory, aggregator=True) == given


@pytest.mark.usefixtures("host")
async def test_authorities_of_the_host_are_followed(
    directory: certificates.Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = delegating.looked_up(chosen(), directory)
    file = given.access.client_ca_file
    assert file is not None
    said: list[hosts.HostError | dict[str, str]] = [
        hosts.HostError("not now"),
        {**DATA, "client-ca-file": ""},
        {**DATA, "client-ca-file": "others"},
    ]
    answers = iter(said)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def trusted(target: kubeconfigs.Target) -> dict[str, str]:
        found = next(answers, None)
        if isinstance(found, Exception):
            raise found
        if found is None:
            loop.call_soon_threadsafe(done.set)
            return DATA | {"client-ca-file": "others"}
        return found

    monkeypatch.setattr(hosts, "trusted", trusted)
    async with delegating.following(given, directory, interval=0.0), asyncio.timeout(20):
        await done.wait()
    assert file.read_text() == "others"
    proxy = given.access.proxies.client_ca_file
    assert proxy is not None
    assert proxy.read_text() == "proxies"
