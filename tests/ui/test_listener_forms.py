"""A listener's expressions as texts of a form, and back."""

from __future__ import annotations

import pytest

from tcpnb.errors import DesignError
from tcpnb.model.design import ConfigurableDesign, Design
from tcpnb.ui.views import listener_forms as forms
from tcpnb.ui.views.framings import framing_expression, framing_state
from tcpnb.ui.views.trial import mutable_default_cure

DESIGN = Design(configurables=(ConfigurableDesign(name="PORT"), ConfigurableDesign(name="HOST")))


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("127.0.0.1", '"127.0.0.1"'),
        ("HOST", "HOST"),
        ("localhost", '"localhost"'),
        ('"::1"', '"::1"'),
        ('tcp.env("HOST")', 'tcp.env("HOST")'),
        (' a"b ', '"a\\"b"'),
        ("größe", '"größe"'),
    ],
)
def test_words_become_a_string_and_names_of_the_file_stay(text, expression):
    assert forms.text_expression(text, DESIGN) == expression


@pytest.mark.parametrize(
    ("expression", "shown"), [('"127.0.0.1"', "127.0.0.1"), ("HOST", "HOST"), ('""', ""), ("", ""), ("f(", "f(")]
)
def test_a_string_is_shown_without_its_quotes(expression, shown):
    assert forms.plain_text(expression) == shown


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("", "under tcpnb run"),
        ("127.0.0.1", "this machine only"),
        ("::1", "this machine only"),
        ("localhost", "this machine only"),
        ("0.0.0.0", "every network"),
        ("::", "every network"),
        ("192.168.1.4", "reach that address"),
        ("example.org", "reach that name"),
    ],
)
def test_says_who_can_reach_a_host(host, words):
    assert words in forms.reach(host)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "tcp.Limits(idle=300)",
        "tcp.Limits(max_connections=5, write_stall=None)",
        "tcp.Limits(max_unsent=8 * 2**20)",
        "tcp.Limits(max_unsent=100)",
        "tcp.Limits(handler_step=0.5)",
    ],
)
def test_limits_come_back_as_they_were(expression):
    state = forms.limits_state(expression)
    assert state["expression"] == ""
    assert forms.limits_expression(state["values"], DESIGN) == expression


def test_limits_that_are_no_literal_are_left_alone():
    assert forms.limits_state("LIMITS")["expression"] == "LIMITS"
    assert forms.limits_state("tcp.Limits(**given)")["expression"] == "tcp.Limits(**given)"


@pytest.mark.parametrize(
    ("text", "written"),
    [("4 MiB", ""), ("8 MiB", "tcp.Limits(max_unsent=8 * 2**20)"), ("512 kib", "tcp.Limits(max_unsent=512 * 2**10)"),
     ("", "tcp.Limits(max_unsent=None)"), ("70000", "tcp.Limits(max_unsent=70000)")],
)  # fmt: skip
def test_sizes_are_typed_with_their_unit(text, written):
    assert forms.limits_expression({"max_unsent": text}, DESIGN) == written


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("idle", "ten", "is not a number"),
        ("idle", "-1", "is not a number of seconds above 0"),
        ("idle", "'5'", "is not a number of seconds above 0"),
        ("idle", "60 * 0", "is not a number of seconds above 0"),
        ("max_connections", "1.5", "is not a whole number from 1 on"),
        ("max_connections", "200.0", "is not a whole number from 1 on"),
        ("max_unsent", "4 stones", "is not a whole number from 1 on"),
        ("max_unsent", "0 MiB", "is not a whole number from 1 on"),
        ("write_stall", "2 **", "is not a number of seconds above 0"),
    ],
)
def test_a_limit_that_cannot_be_names_its_field_and_the_reason_of_the_start(name, text, reason):
    with pytest.raises(DesignError) as refused:
        forms.limits_expression({name: text}, DESIGN)
    assert (refused.value.field, refused.value.reason) == (f"limits.{name}", reason)


@pytest.mark.parametrize(
    ("expression", "mode"),
    [
        ("", "none"),
        ('tcp.SecureSocket(cert_file="a.pem", key_file="a.key")', "files"),
        ('tcp.SecureSocket(cert_file="a.pem", key_file="a.key", key_password=tcp.secret("KEY"))', "files"),
        ('tcp.SecureSocket(key_store="a.p12", key_store_password=tcp.secret("STORE"))', "key_store"),
        (
            'tcp.SecureSocket(cert_file="a.pem", key_file="a.key", client_ca_file="ca.pem", versions=("TLSv1.3",))',
            "files",
        ),
        (
            'tcp.SecureSocket(cert_file=HOST, key_file="a", ciphers=("AES128-GCM-SHA256",), handshake_timeout=5)',
            "files",
        ),
        ('tcp.development_certificate("localhost")', "development"),
        ("make_tls()", "expression"),
    ],
)
def test_a_secure_socket_comes_back_as_it_was(expression, mode):
    state = forms.secure_state(expression)
    assert state["mode"] == mode
    assert forms.secure_expression(state, DESIGN) == expression


def test_a_password_is_never_a_literal():
    state = forms.secure_state('tcp.SecureSocket(cert_file="a", key_file="b", key_password=tcp.secret("KEY"))')
    assert state["options"]["key_password"] == "KEY"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"mode": "files", "options": {"key_file": "k"}}, "secure.cert_file"),
        ({"mode": "files", "options": {"cert_file": "c"}}, "secure.key_file"),
        ({"mode": "key_store", "options": {}}, "secure.key_store"),
        ({"mode": "files", "options": {"cert_file": "c", "key_file": "k"}, "versions": []}, "secure.versions"),
    ],
)
def test_what_a_secure_socket_lacks_is_named(data, field):
    with pytest.raises(DesignError) as refused:
        forms.secure_expression(data, DESIGN)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("", ""),
        ("tcp.Lines()", "Lines"),
        ("tcp.Lines(max_frame=100)", "Lines"),
        ('tcp.Delimited(b";")', "Delimited"),
        ("tcp.LengthPrefixed(size=4)", "LengthPrefixed"),
        ('tcp.LengthPrefixed(size=2, byteorder="little", includes_header=True)', "LengthPrefixed"),
        ("tcp.FixedLength(12)", "FixedLength"),
        ("MY_FRAMING", "expression"),
    ],
)
def test_a_framing_comes_back_as_it_was(expression, kind):
    state = framing_state(expression)
    assert state["kind"] == kind
    assert state["words"].startswith("on_bytes gets")
    assert framing_expression(kind, state["options"]).replace("'", '"') == expression


@pytest.mark.parametrize(
    ("kind", "options", "field", "reason"),
    [
        ("Lines", {"max_frame": "0"}, "max_frame", "is no number of bytes"),
        ("Delimited", {"delimiter": "'|'"}, "delimiter", "ends no frame"),
        ("LengthPrefixed", {"size": "3"}, "size", "is no size of a length"),
        ("FixedLength", {"length": "0"}, "length", "is no frame length"),
        ("FixedLength", {"length": "16", "max_frame": "4 + 4"}, "length", "is over max_frame=8"),
    ],
)
def test_a_framing_that_cannot_be_names_its_field_and_the_reason_of_the_load(kind, options, field, reason):
    with pytest.raises(DesignError) as refused:
        framing_expression(kind, options)
    assert (refused.value.field, refused.value.reason) == (field, reason)


@pytest.mark.parametrize("size", ["SIZE", "size()", "2**"])
def test_a_framing_s_value_that_is_no_literal_is_left_alone(size):
    assert framing_expression("Lines", {"max_frame": size}) == f"tcp.Lines(max_frame={size})"


@pytest.mark.parametrize(
    ("default", "cure"),
    [
        ("[]", "field(default_factory=list)"),
        ("{}", "field(default_factory=dict)"),
        ("set()", "field(default_factory=set)"),
        ("[1, 2]", "field(default_factory=lambda: [1, 2])"),
        ("0", ""),
        ("()", ""),
        ("frozenset()", ""),
        ("b''", ""),
        ("[", ""),
    ],
)
def test_a_shared_default_has_a_cure(default, cure):
    assert mutable_default_cure(default) == cure
