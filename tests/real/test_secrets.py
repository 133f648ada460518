"""Planted secrets that doctor and a hook print, on a real host: in no artefact, notice, log, report or process list."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from drive import Result, clawupgrade
from lab.breaks import LEAKS
from lab.host import Host
from lab.listing import Listing
from lab.mailbox import Mailbox, mailbox
from lab.network import use_registry
from lab.registry import Registry
from lab.root import Lab
from test_night import night

pytestmark = [pytest.mark.real, pytest.mark.full]

BAD = "2026.9.7"
BOT, PASSWORD, PING = "7041776:planted-bot-token", "planted-password-of-the-hook", "planted-uuid-of-the-ping"
HOOK = "cat ~/.openclaw/openclaw.json | tee /dev/stderr"


def plant(host: Host, box: Mailbox) -> None:
    """A bot's token in the config, secrets in the ways to tell, and a hook that prints the config."""
    found = host.config()
    found.setdefault("channels", {})["telegram"] = {"enabled": False, "botToken": BOT}
    host.config_path().write_text(json.dumps(found, indent=2))
    told = box.urls.replace("json://", f"json://ops:{PASSWORD}@")
    text = f'[notice]\nurls = [{told}]\nping = "http://127.0.0.1:{box.web_port}/{PING}"\n[soak]\nfor = "0"\n'
    folder = "~/.config/clawupgrade"
    host.shell(f"umask 077; mkdir -p {folder}/hooks/preflight.d; cat > {folder}/clawupgrade.toml <<'E'\n{text}E\n")
    host.shell(f"f={folder}/hooks/preflight.d/10; printf '%s\\n' '#!/bin/sh' '{HOOK}' > $f; chmod 755 $f")


def artefacts(host: Host, run: Result) -> dict[str, str]:
    """All that may be read or handed on afterwards; snapshots, which are the installation itself, are none of it."""
    folder = host.path(".local/state/clawupgrade/default")
    files = [*folder.glob("*.json*"), *folder.glob("*.log"), *folder.glob("runs/**/*"), *host.path("bundle").rglob("*")]
    files += [host.path("events"), host.path("r.html"), *Path(host.root, "tmp").glob("clawupgrade*")]
    found = {str(path): path.read_text("utf-8", "replace") for path in files if path.is_file()}
    found["journal"] = host.run(["journalctl", "--no-pager", "--output=export", "--all"], user="root").out
    return found | {"stdout": json.dumps(run.document), "stderr": run.err}


def test_a_planted_secret_is_nowhere(host_factory: Callable[..., Host], lab: Lab) -> None:
    host = host_factory("2026.9.6")
    with Registry(lab) as registry, mailbox() as box, Listing(host) as listing:
        registry.publish(BAD, LEAKS, latest=True)
        use_registry(host, registry)
        plant(host, box)
        assert clawupgrade(host, "init", "--units", "--yes").rc == 0
        assert night(host) == "exit-code 1"  # found on the clone, where it leaks as well
        run = clawupgrade(host, "run", "--yes", "--force", "--verbose", "--events", "/home/claw/events")
        assert run.rc == 3, run.explain()
        assert clawupgrade(host, "report", "--to", "/home/claw/r.html").rc == 0
        assert clawupgrade(host, "support-bundle", "--to", "/home/claw/b.tar.gz").rc == 0
        assert len(box.calls) == 2
    host.shell("mkdir ~/bundle; tar -xzf ~/b.tar.gz -C ~/bundle")
    texts = artefacts(host, run) | {"calls": str(box.calls), "mails": str(box.mails)}
    texts["processes"] = "\n".join(listing.lines)
    secrets = {"gateway": str(host.token()), "bot": BOT, "hook": PASSWORD, "ping": PING}
    leaks = [(name, which) for name, text in texts.items() for which, secret in secrets.items() if secret in text]
    assert leaks == []
    assert "***" in run.err, "it was there to be leaked"
    assert "CLAWUPGRADE_EVENT=result" in texts["journal"], "the fields of journald"
    assert listing.naming("doctor"), "doctor was not seen: too few looks"
    print(f"second run: {len(texts)} texts, {len(listing.lines)} command lines in {listing.looks} looks")
