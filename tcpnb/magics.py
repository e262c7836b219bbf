"""``%tcp``, ``%%tcp_service`` and ``%%tcp_client``: short ways in a notebook to what the functions of the kit do."""

# IPython gives its magics no types.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from tcpnb.client import Transcript
from tcpnb.client.script import Target, run_script
from tcpnb.errors import ConversationError, TcpnbError
from tcpnb.session import Session, open, opened  # noqa: A004  # the contract's name
from tcpnb.session.cells import Served, serve_text, status

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


__all__ = ("TcpMagics", "load", "unload")

_ACTIONS = ("start", "stop", "restart", "status", "log")
_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:/]+):(?P<port>\d+)")
_LOG_ROWS = 20
_TROUBLE = ("handler_failed", "error")
_MOST_REASONS = 5
_NO_TLS = "{target} listens without TLS; leave out --tls, or give its listener a Secure Socket (the Studio's Configure)"


class _Text(str):
    """Words that a cell shows as they are, lines and all."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@magics_class
class TcpMagics(Magics):
    """The magics of the kit."""

    @line_magic
    @magic_arguments()
    @argument("action", nargs="?", default="status", choices=_ACTIONS, help="what to do (default: status)")
    @argument(
        "target", nargs="?", default="", help="a design file or a session's variable; all open ones when left out"
    )
    def tcp(self, line: str) -> _Text | None:
        """Start, stop, restart or look at a service: ``%tcp start echo_service.py``.

        ``%tcp start FILE`` serves it and tells the addresses (``tcpnb.open(FILE).start()``), ``stop`` ends that,
        ``restart`` loads the file afresh for new connections while open ones finish as they began, ``status`` tells
        what listens and who is connected, ``log`` shows the newest rows of the log.
        """
        chosen = parse_argstring(self.tcp, line)
        sessions = [self._session(chosen.target)] if chosen.target else list(opened())
        if chosen.action == "status":
            return _Text(status(sessions))
        if chosen.action == "log":
            return _Text("\n".join(str(event) for session in sessions for event in session.log.tail(_LOG_ROWS)))
        if chosen.action in {"start", "restart"} and not sessions:
            what = f"%tcp {chosen.action}"
            raise UsageError(f"{what} needs a design file or a session's variable: {what} echo_service.py")
        if not chosen.target:  # a file that was only named by mistake is open, too, and has nothing to start
            sessions = [session for session in sessions if not session.design.is_empty]
        for session in sessions:
            getattr(session, chosen.action)()
        return _Text(status(sessions))

    @cell_magic
    @magic_arguments()
    @argument("file", help="the design file that the cell's text becomes, or a session's variable")
    @argument("--replace", action="store_true", help="take the cell also where the file has changed since it last ran")
    def tcp_service(self, line: str, cell: str) -> Served:
        """Make the cell a design file's text, write it, and serve it: ``%%tcp_service echo_service.py``.

        Run the cell again after a change: open connections go on with the new code. Where the file has changed since
        (in the Studio, say) the cell is refused and the difference shown; ``--replace`` takes the cell, and
        ``tcpnb.open(FILE).undo()`` brings the file's text back. Several cells may give one file its text: the one that
        ran last counts, and what another cell gave may be replaced, since it still stands there. A restarted kernel
        knows no cell: one with the file's text runs, one with another text needs ``--replace`` once.
        """
        chosen = parse_argstring(self.tcp_service, line)
        return serve_text(self._session(chosen.file), cell, replace=chosen.replace)

    @cell_magic
    @magic_arguments()
    @argument("target", help="a session's variable, a design file that runs, or HOST:PORT")
    @argument("--tls", action="store_true", help="speak TLS (with a session or a file this comes by itself)")
    @argument("--timeout", type=float, default=5.0, help="seconds that each line may take (default: 5)")
    @argument("--raw", action="store_true", help="> and < add no line end")
    def tcp_client(self, line: str, cell: str) -> Transcript:
        r"""Talk to a server, a line each: ``%%tcp_client echo`` or ``%%tcp_client 127.0.0.1:9000``.

        ::

            > text         send the text and a line end      >x 0A FF    send bytes given in hex
            < text         expect exactly that               <x 0A FF    expect bytes given in hex
            <~ regex       search what came, through the match
            eof            expect the end                    nothing 0.2 expect silence for so many seconds
            wait 0.2       pause                             half-close  send the end, go on reading
            reset, close   cut, close                        # comment
            connect NAME   one more connection; then  NAME> text  and  NAME< text

        The text may have Python's escapes (``\x00``, ``\t``). The output is the transcript, with a mark at a line that
        failed and at what failed in the service meanwhile; then the cell fails.
        """
        chosen = parse_argstring(self.tcp_client, line)
        transcript, session, seen = Transcript(), None, 0
        try:
            target = self._address(chosen)
            if target is None:
                session = self._session(chosen.target)
                seen, target = session.log.last_seq, session.target()
                if chosen.tls and target.tls is None:
                    raise ConversationError(_NO_TLS.format(target=chosen.target))
            return run_script(cell, target, raw=chosen.raw, timeout=chosen.timeout, transcript=transcript)
        except TcpnbError as error:
            # What was said so far is shown, with its mark at what failed: a line, or the target before any line.
            if not any(row.failed for row in transcript):
                transcript.mark(f"{error}")
            for reason in _failures(session, seen):
                transcript.mark(reason)
            display(transcript)
            raise

    def _session(self, target: str) -> Session:
        target = _unquoted(target)
        known = self.shell.user_ns.get(target) if self.shell else None
        if isinstance(known, Session):
            return known
        if target.isidentifier():
            near = get_close_matches(target, _session_names(self.shell), n=1)
            cure = f"did you mean {near[0]}? Else " if near else ""
            raise UsageError(
                f"{target} is no session; {cure}make one with {target} = tcpnb.open(FILE), or name a file: {target}.py"
            )
        return open(target)

    def _address(self, chosen: Any) -> Target | None:
        """Where HOST:PORT leads; None for a session. A file that is not there is told and not opened as a new one."""
        address = _ADDRESS.fullmatch(chosen.target)
        if address is not None:
            return Target(host=address["host"].strip("[]"), port=int(address["port"]), tls=chosen.tls or None)
        path = Path(_unquoted(chosen.target))
        if path.suffix == ".py" and not path.expanduser().exists():
            cure = "make it with tcpnb.open(FILE).create_service(), or name a session's variable or HOST:PORT"
            raise UsageError(f"there is no file {path}; {cure}")
        if path.suffix != ".py" and not chosen.target.isidentifier():
            raise UsageError(f"{chosen.target} is no target; name a session's variable, a design file, or HOST:PORT")
        return None


def _failures(session: Session | None, seen: int) -> list[str]:
    """What went wrong in the service since the log's row ``seen``, each reason once: it is why nothing came."""
    if session is None:
        return []
    texts: dict[str, None] = {}
    for event in session.log.events(since=seen, kinds=_TROUBLE):
        line = f" (line {event.fields['line']})" if event.fields.get("line") else ""
        handler = str(event.fields.get("handler", "")).rpartition(".")[2]
        head = f"{handler}: " if handler and not event.text.startswith(handler) else ""
        texts[f"in the service: {head}{event.text}{line}"] = None
    return list(texts)[:_MOST_REASONS]


def _session_names(shell: InteractiveShell | None) -> list[str]:
    names = shell.user_ns.items() if shell else ()
    return [name for name, value in names if isinstance(value, Session) and not name.startswith("_")]


def _unquoted(word: str) -> str:
    """A word without the quotes around it, which a path with blanks needs."""
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'" else word


def load(shell: InteractiveShell) -> None:
    """Add the magics, and what Tab offers behind ``%tcp``."""
    shell.register_magics(TcpMagics)
    for name in _COMPLETED:
        shell.set_hook("complete_command", _complete, str_key=name)


def unload(shell: InteractiveShell) -> None:
    """Take the magics away."""
    for kind, name in (("line", "tcp"), ("cell", "tcp_service"), ("cell", "tcp_client")):
        shell.magics_manager.magics[kind].pop(name, None)


_COMPLETED = ("%tcp", "%%tcp_service", "%%tcp_client")


def _complete(shell: InteractiveShell, event: Any) -> list[str]:
    """Return what can stand at the cursor: an action, then a session's variable or a design file."""
    words = event.text_until_cursor.split()
    targets = _session_names(shell)
    files = sorted(file.name for file in Path().glob("*.py"))
    targets += [f'"{name}"' if " " in name else name for name in files]
    wants_action = words == ["%tcp"] or (words[:1] == ["%tcp"] and words[1:] == [event.symbol])
    return list(_ACTIONS) if wants_action else targets
