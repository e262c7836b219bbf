"""A real JupyterLab and a real Chromium: one server a run, one page a test."""

from __future__ import annotations

import os
import shutil

import pytest
from fakes.lab import Lab, LabServer, start_server

CHROMIUM = os.environ.get("TCPNB_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
IS_REQUIRED = os.environ.get("TCPNB_REQUIRE_BROWSER") == "1" or os.environ.get("CI") == "true"


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


def pytest_collection_modifyitems(items):
    # Playwright keeps a loop running in this thread until it ends, and beside it no test could have one of its own:
    # so the browser comes last.
    items.sort(key=lambda item: "browser" in item.path.parts)
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM:
        reason = "there is no chromium; install it (apt-get install chromium) or name it in TCPNB_CHROMIUM"
        if IS_REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    sync_api = pytest.importorskip("playwright.sync_api")
    # Generous: a condition that never comes to be fails anyway, a slow machine does not.
    sync_api.expect.set_options(timeout=20_000)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory, chromium) -> LabServer:
    with start_server(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def lab(lab_server, chromium, request) -> Lab:
    """A browser page on a folder of its own; `open` brings up a notebook."""
    with Lab(lab_server, chromium, request.node.name) as one:
        yield one
        if request.node.stash.get(FAILED, False):
            one.shot_of_failure()
