"""Arguments that a constructor of the kit does not take: left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import connection_class, leaves_alone, mends, module, reports, service

CODE = "wrong-arguments"

LEFT_ALONE = [
    module("l = tcp.Listener()"),
    module("l = tcp.Listener(9000, '', secure_socket=None, limits=tcp.Limits(), name='n')"),
    module("l = tcp.Listener(*where, **how)"),
    module("l = tcp.Listener(*where, port=9000)"),
    module("c = tcp.Client('127.0.0.1', remote_port=7000, host='', timeout=1, write_timeout=2, secure_socket=None)"),
    module("c = tcp.Client(*where)"),
    module("c = tcp.Client(**how)"),
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', key_password=tcp.secret('P'), client_ca_file='a')"),
    module("s = tcp.ClientSecureSocket(ca_file='a', verify=True, server_hostname='h', enable=True)"),
    module("p = tcp.env('PORT', 80)\nq = tcp.env(name='Q')"),
    module("l = other.Listener(idel=5)"),
    module("d = tcp.development_certificate('a', 'b', 'c')"),
    connection_class("framing = tcp.Lines(100)"),
    connection_class("framing = tcp.LengthPrefixed(2, 'big', True, max_frame=10)"),
]

REPORTED = [
    (module("l = tcp.Listener(9000, «limit=None»)"), "tcp.Listener has no argument limit; did you mean limits?"),
    (
        module("l = tcp.Listener(9000, limits=tcp.Limits(«idel=5»))"),
        "tcp.Limits has no argument idel; did you mean",
    ),
    (module("l = tcp.Listener(9000, «colour=5»)"), "it takes port, host, secure_socket, limits, name"),
    (module("l = tcp.Listener(9000, '', «None»)"), "takes only port, host by place; name the others: secure_socket"),
    (
        module("l = tcp.Listener(9000, limits=tcp.Limits(«100»))"),
        "tcp.Limits takes nothing by place; name the others",
    ),
    (module("p = tcp.env('A', 1, «2»)"), "tcp.env takes only name, default by place; leave the rest out"),
    (module("l = tcp.Listener(9000, «port=9000»)"), "tcp.Listener gets port twice; leave one out"),
    (module("c = «tcp.Client('127.0.0.1')»"), 'tcp.Client needs remote_port; write tcp.Client("127.0.0.1", 7000)'),
    (module("c = tcp.Client('127.0.0.1', «port=7000»)"), "tcp.Client has no argument port; did you mean remote_port?"),
    (module("s = tcp.SecureSocket(«certfile='c'», key_file='k')"), "did you mean cert_file?"),
    (connection_class("framing = «tcp.Delimited()»"), r'tcp.Delimited needs delimiter; write tcp.Delimited(b"\0")'),
    (
        connection_class("framing = tcp.Lines(«maxframe=5»)"),
        "no argument maxframe; did you mean max_frame?",
    ),
    (
        service("def on_connect(self, caller):\n    self.c = tcp.Client('a', 1, «time_out=5»)\n    return Echo()"),
        "tcp.Client has no argument time_out; did you mean timeout?",
    ),
]

MENDED = [
    (module("l = tcp.Listener(9000, limits=tcp.Limits(idel = 5))"), "tcp.Limits(idle = 5)"),
    (module("s = tcp.SecureSocket(certfile='ü', key_file='k')"), "tcp.SecureSocket(cert_file='ü', key_file='k')"),
    (module("c = tcp.Client('127.0.0.1', port=7000)"), "tcp.Client('127.0.0.1', remote_port=7000)"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
