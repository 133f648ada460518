"""Every place of a credential with its role; what a reference leads to, as the gateway sees it."""

from __future__ import annotations

from msgspec.structs import replace

from clawupgrade.diagnose.facts import Role
from clawupgrade.model import CredentialRef
from clawupgrade.openclaw.paths import resolve_paths
from clawupgrade.survey.config import Config
from clawupgrade.survey.credentials import choose, leads
from clawupgrade.survey.elsewhere import in_agents, in_compose
from clawupgrade.survey.service import _veiled
from clawupgrade.survey.tokens import find_sources
from clawupgrade.testing.machine import born
from clawupgrade.testing.releases import Release

PATH = "/home/claw/.openclaw/openclaw.json"


def config(gateway: object) -> Config:
    return Config(PATH, {PATH: {"gateway": gateway}})


def test_a_reference_stands_with_what_the_running_gateway_was_given_for_it() -> None:
    found = config({"auth": {"mode": "token", "token": "${MY_TOKEN}"}})
    assert leads(found) == {"MY_TOKEN": ("gateway.auth.token", "token")}
    process = CredentialRef("process", "7", "MY_TOKEN", "token", "aa")
    own = CredentialRef("config", PATH, "gateway.auth.token", "token", "bb")
    assert choose(found, (process, own)) == process
    install = replace(born([Release("2026.6.11")]).install(), credentials=(process, own))
    (source,) = find_sources(found, install)
    assert (source.role, source.digest) == (Role.CONFIG, "aa")
    assert source.where == "gateway.auth.token in ~/.openclaw/openclaw.json (through MY_TOKEN)"


def test_a_text_with_a_variable_in_it_leads_nowhere() -> None:
    assert leads(config({"auth": {"token": "before-${MY_TOKEN}"}})) == {}


def test_a_secret_ref_that_only_the_service_resolves_is_a_source_without_a_digest() -> None:
    found = config({"auth": {"token": {"source": "exec", "provider": "vault", "id": "t"}}})
    (source,) = find_sources(found, born([Release("2026.6.11")]).install())
    assert (source.role, source.digest) == (Role.CONFIG, "")


def test_roles_follow_what_the_release_reads() -> None:
    refs = (
        CredentialRef("unit", "/u", "CLAWDBOT_GATEWAY_TOKEN", "token", "aa"),
        CredentialRef("dotenv", "/e", "OPENCLAW_GATEWAY_AUTH_TOKEN", "token", "bb"),
        CredentialRef("environment", "the shell", "OPENCLAW_GATEWAY_TOKEN", "token", "cc"),
        CredentialRef("argv", "/u", "--token", "token", "dd"),
    )
    install = replace(born([Release("2026.6.11")]).install(), credentials=refs)
    roles = [source.role for source in find_sources(config({}), install)]
    assert roles == [Role.OLD_NAME, Role.UNREAD, Role.SHELL, Role.UNIT]
    early = replace(install, package=replace(install.package, version="2026.2.12"))
    assert find_sources(config({}), early)[0].role is Role.UNIT


def test_a_launch_agent_and_a_compose_file_are_places_and_only_the_agent_opens_this_gateway() -> None:
    machine = born([Release("2026.6.11")])
    disk, home = machine.world.disk, "/home/claw"
    agent, compose = f"{home}/Library/LaunchAgents/ai.openclaw.gateway.plist", f"{home}/openclaw/docker-compose.yml"
    disk.put_text(agent, "<plist/>")
    disk.put_text(compose, "services: {openclaw-gateway: {}}")
    disk.put_text(f"{home}/docker-compose.yml", "services: {something-else: {}}")
    host, paths = machine.host(), resolve_paths(home, {}, "", lambda path: False)
    assert {(ref.source, ref.place) for ref in in_agents(host, paths)} == {("plist", agent)}
    assert {(ref.source, ref.place) for ref in in_compose(host, paths)} == {("compose", compose)}
    refs = tuple(replace(ref, digest="aa") for ref in (*in_compose(host, paths), *in_agents(host, paths)))
    chosen = choose(config({}), refs)
    assert chosen is not None
    assert (chosen.source, chosen.key) == ("plist", "OPENCLAW_GATEWAY_TOKEN")
    roles = {
        source.ref.source: source.role
        for source in find_sources(config({}), replace(machine.install(), credentials=refs[:1] + refs[3:4]))
    }
    assert roles == {"compose": Role.COMPOSE, "plist": Role.UNIT}


def test_a_token_on_the_command_line_of_a_unit_comes_into_no_plan() -> None:
    assert _veiled(("node", "x.mjs", "--token", "s3", "--password=s4")) == (
        "node", "x.mjs", "--token", "***", "--password=***",
    )  # fmt: skip
