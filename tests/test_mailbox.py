"""Drafts in a mailbox: a real server (dovecot on loopback), and a scripted one for what a good server does not do."""

import grp
import json
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from imap_tools import MailBox
from imap_tools.message import MailMessage
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from reviewer import bearer
from reviewer.cli import app
from reviewer.deal import Outcome
from reviewer.errors import ConfigError, OutputError
from reviewer.export import eml
from reviewer.mailbox import Account, Placed, account, append_drafts, password, secret
from reviewer.people import read_people
from reviewer.store import Store
from reviewer.types import Message
from tests.build import CLAIRE, KARIM
from tests.test_chain import MAIL, local

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
WORD = 'très "long" \\ word'
TOKEN = "ya29.geheimes-zeichen"
TOKENS = {"ya29.a0-julie_~+/1==": "julie", "EwB4A8l6/heide.2": "heide"}  # as an authorisation server knows them
# The folders of each user, as maildir writes them on disk: in modified UTF-7.
USERS = {
    "julie": ("Drafts", "Sent"),
    "pauline": ("Drafts", "Plans"),
    "heide": ("Entw&APw-rfe", "Gesendet"),
    "emilia": ("INBOX.Bozze",),
    "nora": ("Projets", "Archive", "Archive.Drafts", "R&AOk-unions"),
    "felix": ("Drafts",),
}
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:~
mail_plugins = quota
first_valid_uid = 1
auth_mechanisms = plain login {tokens}
auth_failure_delay = 0
{internal}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = {folder}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
}}
namespace inbox {{
  inbox = yes
  mailbox Plans {{
    special_use = \\Drafts
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


class Server(NamedTuple):
    """A running dovecot."""

    tls: int
    starttls: int
    certificate: Path

    def account(self, user: str, **changes: object) -> Account:
        """The account of this user, over TLS."""
        return Account("127.0.0.1", self.tls, user, ca=self.certificate)._replace(**changes)  # type: ignore[arg-type]


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def certify(folder: Path) -> None:
    """A key and a certificate that it signs itself, for 127.0.0.1 and no name."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(
        [*command.split(), "-addext", "subjectAltName=IP:127.0.0.1", *files], check=True, capture_output=True
    )


@pytest.fixture(scope="module")
def certificates() -> Iterator[Path]:
    """A folder with key.pem and cert.pem. Its path is short, as dovecot's sockets must have."""
    with tempfile.TemporaryDirectory(prefix="imap-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        certify(folder)
        yield folder


class Introspection(BaseHTTPRequestHandler):
    """An authorisation server that is asked whose a token is (RFC 7662)."""

    def do_GET(self) -> None:
        """Answer for the tokens of TOKENS."""
        [token] = parse_qs(urlsplit(self.path).query.replace("+", "%2B"))["token"]
        said = {"active": token in TOKENS, "username": TOKENS.get(token, "")}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def introspection() -> Iterator[int]:
    """The port of the authorisation server on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Introspection) as asked:
        threading.Thread(target=asked.serve_forever, daemon=True).start()
        yield asked.server_port
        asked.shutdown()


@pytest.fixture(scope="module")
def server(certificates: Path, introspection: int) -> Iterator[Server]:
    """Dovecot with the folders of USERS, run by whoever runs the tests."""
    if DOVECOT is None:
        if os.environ.get("REVIEWER_DOVECOT") == "required":
            pytest.fail("REVIEWER_DOVECOT is required, but there is no dovecot: install dovecot-imapd")
        pytest.skip("no dovecot at hand: install dovecot-imapd to run these tests")
    tls, starttls = free_ports(2)
    me = pwd.getpwuid(os.getuid())
    # Dovecot opens no mailbox as root, and without root it can change to no other user.
    uid, gid = (65534, 65534) if me.pw_uid == 0 else (me.pw_uid, me.pw_gid)
    ours = {"internal_user": me.pw_name, "login_user": me.pw_name, "internal_group": grp.getgrgid(me.pw_gid).gr_name}
    internal = "" if me.pw_uid == 0 else "\n".join(f"default_{key} = {name}" for key, name in ours.items())
    lines = []
    for user, folders in USERS.items():
        home = certificates / "mail" / user
        for path in (home / f".{name}" / part for name in folders for part in ("cur", "new", "tmp")):
            path.mkdir(parents=True)
        quota = "userdb_quota_rule=*:bytes=3000" if user == "felix" else ""
        lines.append(f"{user}:{{PLAIN}}{WORD}:{uid}:{gid}::{home}::{quota}\n")
    if me.pw_uid == 0:
        subprocess.run(["chown", "-R", f"{uid}:{gid}", str(certificates / "mail")], check=True)
    (certificates / "users").write_text("".join(lines), "utf-8")
    (certificates / "oauth2.conf").write_text(
        f"introspection_url = http://127.0.0.1:{introspection}/?token=\nintrospection_mode = get\n"
        "username_attribute = username\nactive_attribute = active\nactive_value = true\n",
        "utf-8",
    )
    places = {"folder": certificates, "tls": tls, "starttls": starttls}
    configuration = CONFIGURATION.format(**places, internal=internal, tokens="xoauth2 oauthbearer")
    (certificates / "dovecot.conf").write_text(configuration, "utf-8")
    command = [DOVECOT, "-F", "-c", str(certificates / "dovecot.conf")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "starting up" in line:
                break
        else:
            pytest.fail(f"dovecot does not start: {''.join(said)}")
        try:
            yield Server(tls, starttls, certificates / "cert.pem")
        finally:
            process.terminate()


def drafts(count: int = 1, words: str = "Voilà : l'été, 42 k€ – à Noël.") -> list[bytes]:
    """Outgoing messages as files, in answer to a mail."""
    review = local(MAIL)
    thread = {"in_reply_to": "<b@client.example>", "references": ("<a@client.example>", "<b@client.example>")}
    review = review.model_copy(update={"draft": review.draft.model_copy(update=thread)})
    body = f"Bonjour Karim,\n\n{words}\n"
    message = Message(to=(KARIM.address,), cc=(CLAIRE.address,), subject="Périmètre – suite", body=body)
    return [eml(message, review.draft) for _ in range(count)]


@contextmanager
def opened(server: Server, user: str, folder: str) -> Iterator[MailBox]:
    """The mailbox as an independent client sees it."""
    context = ssl.create_default_context(cafile=server.certificate)
    with MailBox("127.0.0.1", server.tls, ssl_context=context, timeout=10).login_utf8(user, WORD, folder) as box:
        yield box


def read_back(server: Server, user: str, folder: str) -> list[MailMessage]:
    """The mails of a folder, which is then emptied for the next test."""
    with opened(server, user, folder) as box:
        found = list(box.fetch(mark_seen=False))
        box.delete([m.uid for m in found if m.uid])
        return found


def test_a_draft_is_found_as_it_was_placed(server: Server) -> None:
    """An independent client reads readers, subject, thread and text, and the flags of a draft."""
    mails = drafts()
    assert append_drafts(server.account("julie"), WORD, mails) == Placed("Drafts", 1)
    with opened(server, "julie", "Drafts") as box:
        raw = box.client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1][0]
        assert isinstance(raw, tuple)
        assert raw[1] == mails[0]
    (found,) = read_back(server, "julie", "Drafts")
    assert found.subject == "Périmètre – suite"
    assert (found.to, found.cc) == ((KARIM.address,), (CLAIRE.address,))
    assert found.headers["in-reply-to"] == ("<b@client.example>",)
    assert "".join(found.headers["references"]).split() == ["<a@client.example>", "<b@client.example>"]
    assert "Voilà : l'été, 42 k€ – à Noël." in found.text
    assert set(found.flags) >= {"\\Draft", "\\Seen"}


def test_starttls_places_drafts_too(server: Server) -> None:
    """The other port, with the same checks."""
    by_starttls = server.account("julie", security="starttls", port=server.starttls)
    assert append_drafts(by_starttls, WORD, drafts(2)) == Placed("Drafts", 2)
    assert len(read_back(server, "julie", "Drafts")) == 2


@pytest.mark.parametrize(
    ("user", "folder"), [("pauline", "Plans"), ("heide", "Entwürfe"), ("emilia", "INBOX.Bozze")], ids=lambda name: name
)
def test_the_drafts_folder_is_found_by_its_mark_or_by_its_name(server: Server, user: str, folder: str) -> None:
    """What the server marks comes before every name; names are known in six languages, also below the inbox."""
    assert append_drafts(server.account(user), WORD, drafts()) == Placed(folder, 1)
    assert len(read_back(server, user, folder)) == 1


def test_another_folder_can_be_named(server: Server) -> None:
    """By the name that people read, accents and all."""
    assert append_drafts(server.account("nora", drafts="Réunions"), WORD, drafts()) == Placed("Réunions", 1)
    assert len(read_back(server, "nora", "Réunions")) == 1


@pytest.mark.parametrize(
    ("wanted", "words"), [(None, "no folder that is known to hold drafts"), ("Nix", "no folder Nix")]
)
def test_without_a_drafts_folder_the_folders_are_listed(server: Server, wanted: str | None, words: str) -> None:
    """A folder of one's own that merely holds one called Drafts is not taken."""
    with pytest.raises(ConfigError, match=words) as caught:
        append_drafts(server.account("nora", drafts=wanted), WORD, drafts())
    assert "set REVIEWER_IMAP_DRAFTS to one of its folders" in str(caught.value)
    assert {"Projets", "Réunions", "INBOX"} <= set(str(caught.value).rstrip(".").replace(":", ",").split(", "))


def test_all_drafts_are_placed_or_none(server: Server) -> None:
    """The second one is beyond the quota: the first is taken out again, and what was there before stays."""
    assert append_drafts(server.account("felix"), WORD, drafts()) == Placed("Drafts", 1)
    with pytest.raises(OutputError, match=r"draft 2 of 3 into Drafts \(the mailbox is full\); none is in the folder"):
        append_drafts(server.account("felix"), WORD, [*drafts(), *drafts(2, "é" * 2000)])
    assert len(read_back(server, "felix", "Drafts")) == 1


def test_a_wrong_password_is_told_without_showing_it(server: Server) -> None:
    """The server's words are; neither password is, nor anything that leads to it."""
    wrong = "geheim-ist-das"
    with pytest.raises(ConfigError, match=r"does not accept user and password .*app password") as caught:
        append_drafts(server.account("julie"), wrong, drafts())
    assert wrong not in f"{caught.value}{caught.value.__cause__}"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("way", ["XOAUTH2", "OAUTHBEARER"])
def test_a_token_signs_in_without_a_password(server: Server, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By either way; the server asks the authorisation server whose the token is."""
    assert bearer.mechanism(["AUTH=PLAIN", "AUTH=OAUTHBEARER", "AUTH=XOAUTH2"]) == "XOAUTH2"
    monkeypatch.setattr(bearer, "mechanism", lambda offered: way if f"AUTH={way}" in offered else None)
    token = next(iter(TOKENS))
    assert append_drafts(server.account("julie", by_token=True), token, drafts()) == Placed("Drafts", 1)
    assert len(read_back(server, "julie", "Drafts")) == 1


@pytest.mark.parametrize("way", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("token", ["ya29.run-out", "EwB4A8l6/heide.2"], ids=["unknown", "of another mailbox"])
def test_a_refused_token_is_told_in_a_sentence_without_it(
    server: Server, way: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The talk is ended as the server wants it, and the token stands nowhere."""
    monkeypatch.setattr(bearer, "mechanism", lambda _: way)
    with pytest.raises(ConfigError, match=r"does not accept the access token for julie .*; get a new one") as caught:
        append_drafts(server.account("julie", by_token=True), token, drafts())
    assert "Authentication failed" in str(caught.value)
    assert token not in f"{caught.value}{caught.value.__cause__}"
    assert caught.value.__suppress_context__


def test_an_unknown_certificate_is_refused(server: Server) -> None:
    """Nobody has told us to trust it."""
    with pytest.raises(OutputError, match=r"is not trusted \(self.signed certificate\); .*REVIEWER_IMAP_CA"):
        append_drafts(server.account("julie", ca=None), WORD, drafts())


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_for_another_host_is_refused(server: Server, security: str) -> None:
    """It is for 127.0.0.1 and not for localhost."""
    port = server.tls if security == "tls" else server.starttls
    with pytest.raises(OutputError, match="is for another host name; set REVIEWER_IMAP_HOST"):
        append_drafts(server.account("julie", host="localhost", port=port, security=security), WORD, drafts())


def test_the_wrong_port_says_which_setting_is_wrong(server: Server) -> None:
    """TLS where the server begins in the clear."""
    with pytest.raises(OutputError, match=r"does not speak TLS.*REVIEWER_IMAP_SECURITY to starttls"):
        append_drafts(server.account("julie", port=server.starttls), WORD, drafts())


# --- a scripted server -----------------------------------------------------------------------------------------------

Script = Callable[[str], str]


class Scripted(NamedTuple):
    """A server that answers as a script says; `heard` holds every line that it was sent."""

    port: int
    heard: list[str]


@contextmanager
def scripted(greeting: str, script: Script, certificates: Path | None) -> Iterator[Scripted]:
    """One conversation, under TLS where there are certificates."""
    heard: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        connection.settimeout(10)
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
            connection = context.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rwb") as file:
            file.write(f"{greeting}\r\n".encode())
            file.flush()
            for raw in file:
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                heard.append(line)
                tag, _, command = line.partition(" ")
                if command.startswith("APPEND"):
                    file.write(b"+ go on\r\n")
                    file.flush()
                    file.read(int(line.rpartition("{")[2].rstrip("}")) + 2)
                answer = script(command)
                if not answer:
                    return
                file.write(answer.replace("TAG", tag).encode())
                file.flush()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield Scripted(listener.getsockname()[1], heard)
    finally:
        listener.close()
        thread.join(10)


def plain(command: str) -> str:
    """A small server that is asked by LOGIN, and lists one folder as a literal."""
    match command.split(" ")[0].upper():
        case "CAPABILITY":
            return "* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"
        case "LIST":
            return '* LIST (\\HasNoChildren) "/" {6}\r\nDrafts\r\n* LIST () NIL "a \\"b"\r\nTAG OK done\r\n'
    return "TAG OK done\r\n"


def place(port: int, certificates: Path, mails: list[bytes] | None = None, **changes: object) -> Placed:
    """Place drafts at a scripted server."""
    where = Account("127.0.0.1", port, "julie", ca=certificates / "cert.pem")._replace(**changes)  # type: ignore[arg-type]
    return append_drafts(where, "geheim", drafts() if mails is None else mails, timeout=5)


def test_a_plain_connection_is_never_given_the_password(certificates: Path) -> None:
    """A server that does not offer STARTTLS hears of nobody."""
    with scripted("* OK hello", plain, None) as server, pytest.raises(ConfigError, match="does not offer STARTTLS"):
        place(server.port, certificates, security="starttls")
    assert [line.split(" ")[1] for line in server.heard] == ["CAPABILITY"]


def test_who_claims_to_know_us_already_is_not_believed(certificates: Path) -> None:
    """PREAUTH before TLS would keep the conversation in the clear."""
    offering = "* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n"
    script: Script = lambda command: offering if command == "CAPABILITY" else "TAG OK done\r\n"  # noqa: E731
    with scripted("* PREAUTH hello", script, None) as server, pytest.raises(OutputError, match="is no IMAP server"):
        place(server.port, certificates, security="starttls")
    assert not [line for line in server.heard if "APPEND" in line or "LOGIN" in line]


def test_a_server_without_sasl_is_asked_by_login(certificates: Path) -> None:
    """User and password quoted; no letters beyond ASCII, which LOGIN has no way to say."""
    with scripted("* OK hello", plain, certificates) as server:
        assert place(server.port, certificates, [], user='ju"lie') == Placed("Drafts", 0)
    assert any(line.endswith('LOGIN "ju\\"lie" "geheim"') for line in server.heard)
    with scripted("* OK hello", plain, certificates) as server, pytest.raises(ConfigError, match="ASCII letters only"):
        place(server.port, certificates, [], user="zoé")


def test_what_a_server_says_is_shown_on_one_line_and_without_the_password(certificates: Path) -> None:
    """No escape sequence reaches the terminal, and no echo of the password anybody."""
    said = "TAG NO \x1b[2J\x1b]0;title\x07bad\u202e 'geheim' " + "x" * 400 + "\r\n"
    script: Script = lambda command: said if command.startswith("LOGIN") else plain(command)  # noqa: E731
    with scripted("* OK hello", script, certificates) as server, pytest.raises(ConfigError) as caught:
        place(server.port, certificates)
    assert str(caught.value).isprintable()
    assert "geheim" not in str(caught.value)
    assert len(str(caught.value)) < 350


def test_a_server_that_takes_no_token_hears_none(certificates: Path) -> None:
    """The sentence names what to set instead."""
    with scripted("* OK hello", plain, certificates) as server, pytest.raises(ConfigError, match="no sign-in by token"):
        place(server.port, certificates, by_token=True)
    assert [line.split(" ")[1] for line in server.heard] == ["CAPABILITY", "LOGOUT"]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ("NO", ConfigError, "(not so: … … … …)"),
        ("no line of IMAP:", OutputError, "broke off at the sign-in"),
        ("NO [UNAVAILABLE]", OutputError, "cannot check tokens for now ([UNAVAILABLE] not so: … … … …)"),
    ],
)
def test_a_server_that_repeats_a_token_shows_none_of_it(
    certificates: Path, answer: str, error: type[Exception], words: str
) -> None:
    """Neither as it is, nor as it was sent, nor cut off; not in the cause either."""

    def script(command: str) -> str:
        if command.startswith("AUTHENTICATE"):
            return "+ \r\n"
        if command == "CAPABILITY":
            return "* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\nTAG OK done\r\n"
        tag = server.heard[-2].partition(" ")[0]
        tag = "" if answer.endswith(":") else f"{tag} "
        return f"{tag}{answer} not so: {TOKEN} {server.heard[-1]} {server.heard[-1][:40]} {TOKEN[:12]}\r\n"

    where = Account("127.0.0.1", 0, "julie", ca=certificates / "cert.pem", by_token=True)
    with scripted("* OK hello", script, certificates) as server, pytest.raises(error) as caught:
        append_drafts(where._replace(port=server.port), TOKEN, drafts(), timeout=5)
    assert words in str(caught.value)
    assert caught.value.__suppress_context__
    sent = next(line for line in server.heard if len(line) > 40)
    assert not [n for n in range(len(TOKEN) - 7) if TOKEN[n : n + 8] in str(caught.value)]
    assert not [n for n in range(len(sent) - 7) if sent[n : n + 8] in str(caught.value)]


def test_what_a_server_repeats_of_a_mail_is_not_shown(certificates: Path) -> None:
    """It refuses the mail with the mail's own words, and cannot delete just what we placed."""
    answers = iter(["TAG OK done\r\n", "TAG NO Bonjour Karim, 42 k€\r\n"])
    script: Script = lambda command: next(answers) if command.startswith("APPEND") else plain(command)  # noqa: E731
    with scripted("* OK hello", script, certificates) as server, pytest.raises(OutputError) as caught:
        place(server.port, certificates, drafts(2))
    assert "draft 2 of 2 into Drafts (it gives no reason that is known); placed before it: 1;" in str(caught.value)
    assert "Bonjour" not in f"{caught.value}{caught.value.__cause__}"


def test_a_broken_connection_says_what_is_placed(certificates: Path) -> None:
    """The server goes away in the middle of a mail."""
    script: Script = lambda command: "" if command.startswith("APPEND") else plain(command)  # noqa: E731
    with scripted("* OK hello", script, certificates) as server, pytest.raises(OutputError) as caught:
        place(server.port, certificates)
    assert "draft 1 of 1 into Drafts (no answer came); none is in the folder; look into the folder" in str(caught.value)


def test_a_server_that_keeps_silent_is_left(certificates: Path) -> None:
    """It takes the connection, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        where = Account("127.0.0.1", listener.getsockname()[1], "julie", ca=certificates / "cert.pem")
        with pytest.raises(OutputError, match="did not answer in time"):
            append_drafts(where, "geheim", drafts(), timeout=0.2)


def test_a_refused_connection_and_an_unknown_host(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each says what to check."""
    with pytest.raises(OutputError, match="refuses the connection; check REVIEWER_IMAP_HOST and REVIEWER_IMAP_PORT"):
        place(free_ports(1)[0], certificates)

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(OutputError, match=r"The host imap\.invalid is not known"):
        place(993, certificates, host="imap.invalid")


# --- the environment -------------------------------------------------------------------------------------------------

SET = {"REVIEWER_IMAP_HOST": "imap.example.com", "REVIEWER_IMAP_USER": "julie"}


def test_the_environment_names_the_account(tmp_path: Path) -> None:
    """TLS and its port where nothing else is said; the password is no part of it."""
    assert account(SET) == Account("imap.example.com", 993, "julie")
    (tmp_path / "ca.pem").touch()
    more = {
        "REVIEWER_IMAP_SECURITY": "STARTTLS",
        "REVIEWER_IMAP_DRAFTS": "Entwürfe",
        "REVIEWER_IMAP_PASSWORD": "geheim",  # pragma: allowlist secret
    }
    found = account({**SET, **more, "REVIEWER_IMAP_CA": str(tmp_path / "ca.pem")})
    assert found == Account("imap.example.com", 143, "julie", "starttls", "Entwürfe", tmp_path / "ca.pem")
    assert "geheim" not in repr(found)
    assert password(more) == "geheim"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"REVIEWER_IMAP_HOST": ""}, "REVIEWER_IMAP_HOST is not set"),
        ({"REVIEWER_IMAP_HOST": "imaps://imap.example.com"}, "without imaps://"),
        ({"REVIEWER_IMAP_USER": "julie\r\nA1 LOGOUT"}, "REVIEWER_IMAP_USER holds a line break"),
        ({"REVIEWER_IMAP_SECURITY": "none"}, "without TLS is never made"),
        ({"REVIEWER_IMAP_PORT": "imaps"}, "REVIEWER_IMAP_PORT must be a number"),
        ({"REVIEWER_IMAP_CA": "/no/such.pem"}, "REVIEWER_IMAP_CA names no file"),
    ],
)
def test_what_is_wrong_with_the_account_is_named(changes: dict[str, str], words: str) -> None:
    """By its variable."""
    with pytest.raises(ConfigError, match=words):
        account({**SET, **changes})


@pytest.mark.parametrize("secret", ["", "ge\nheim"])
def test_a_password_that_cannot_be_one_is_not_shown(secret: str) -> None:
    """Missing, or with a line break from a file."""
    with pytest.raises(ConfigError, match="REVIEWER_IMAP_PASSWORD") as caught:
        password({"REVIEWER_IMAP_PASSWORD": secret})
    assert "heim" not in str(caught.value)


def printing(code: str) -> str:
    """A command that runs this."""
    return f'"{sys.executable}" -c "{code}"'


@pytest.mark.parametrize(
    "named",
    [{"REVIEWER_IMAP_TOKEN": f" {TOKEN}\n"}, {"REVIEWER_IMAP_TOKEN_COMMAND": printing(f"print('{TOKEN}')")}],
    ids=["variable", "command"],
)
def test_a_token_takes_the_place_of_the_password(named: dict[str, str]) -> None:
    """From the variable, or from what a command prints; a password besides it leaves open which one is meant."""
    assert account({**SET, **named}).by_token
    assert secret(named) == TOKEN
    assert secret({"REVIEWER_IMAP_PASSWORD": "geheim"}) == "geheim"  # pragma: allowlist secret
    assert not account(SET).by_token
    with pytest.raises(ConfigError, match="REVIEWER_IMAP_PASSWORD is set besides a token"):
        secret({**named, "REVIEWER_IMAP_PASSWORD": "geheim"})  # pragma: allowlist secret


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"TOKEN": TOKEN, "TOKEN_COMMAND": "true"}, "are both set; set one of them"),
        ({"TOKEN": f"Bearer {TOKEN}"}, "REVIEWER_IMAP_TOKEN gives white space"),
        ({"TOKEN_COMMAND": printing(f"print('{TOKEN}', 2)")}, "REVIEWER_IMAP_TOKEN_COMMAND gives white space"),
        ({"TOKEN_COMMAND": printing("pass")}, "REVIEWER_IMAP_TOKEN_COMMAND prints nothing"),
        ({"TOKEN_COMMAND": printing(f"import sys; print('{TOKEN}'); sys.exit(3)")}, "ended with 3 and gave no token"),
        ({"TOKEN_COMMAND": f"/no/such/{TOKEN}"}, "cannot be run .No such file"),
        ({"TOKEN_COMMAND": f"show '{TOKEN}"}, "cannot be run .its quotes"),
        ({"TOKEN_COMMAND": printing("input()")}, "ended with 1 and gave no token"),
        ({"TOKEN_COMMAND": printing("import time; time.sleep(20)")}, "is not done after 0.3 seconds"),
    ],
)
def test_a_command_that_gives_no_token_is_named_without_its_words(named: dict[str, str], words: str) -> None:
    """One sentence by the variable; nothing that was printed, and nothing of the command."""
    seconds = 0.3 if "sleep" in str(named) else 30
    with pytest.raises(ConfigError, match=words) as caught:
        bearer.token({f"REVIEWER_IMAP_{key}": value for key, value in named.items()}, seconds)
    assert TOKEN not in f"{caught.value}{caught.value.__cause__}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_user_with_a_comma_is_written_as_the_standard_wants_it() -> None:
    """RFC 7628 keeps the comma and the equals sign for itself."""
    told = bearer.said("OAUTHBEARER", TOKEN, "a,b=c", "imap.example.com", 993)
    assert told == f"n,a=a=2Cb=3Dc,\1host=imap.example.com\1port=993\1auth=Bearer {TOKEN}\1\1".encode()


def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    """Before anything is connected."""
    (tmp_path / "ca.pem").write_text("nothing", "utf-8")
    with pytest.raises(ConfigError, match=r"ca\.pem holds no certificates"):
        append_drafts(Account("127.0.0.1", 993, "julie", ca=tmp_path / "ca.pem"), "geheim", drafts())


# --- from a review to the mailbox ------------------------------------------------------------------------------------

EXAMPLE = Path(__file__).parent.parent / "examples"


@pytest.fixture
def configured(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server as the environment names it, for heide, whose folder of drafts is called Entwürfe."""
    for name, value in {
        "HOST": "127.0.0.1",
        "PORT": str(server.tls),
        "USER": "heide",
        "PASSWORD": WORD,
        "CA": str(server.certificate),
    }.items():
        monkeypatch.setenv(f"REVIEWER_IMAP_{name}", value)
    return server


def test_a_review_goes_into_the_drafts(configured: Server, tmp_path: Path) -> None:
    """Each message as it is printed, in answer to the mail that the draft answers; the command says how many and where."""
    body, people = ((EXAMPLE / f"atlas.fr{end}").read_text("utf-8") for end in (".txt", ".people.txt"))
    draft = tmp_path / "answer.eml"
    readers = ", ".join(line.partition(" - ")[0] for line in people.splitlines())
    head = f"From: Julie Morel <julie@nordalys.example>\nTo: {readers}\nSubject: Projet Atlas\nIn-Reply-To: <q@client.example>\n"
    kind = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    draft.write_text(head + kind + body.partition("\n\n")[2], "utf-8")
    (tmp_path / "people.txt").write_text(people, "utf-8")
    command = [
        "review",
        str(draft),
        "--people",
        str(tmp_path / "people.txt"),
        "--drafts",
        "imap",
        "--out",
        str(tmp_path / "out"),
    ]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    files = sorted((tmp_path / "out").glob("*.eml"))
    found = read_back(configured, "heide", "Entwürfe")
    assert f"{len(found)} messages sont dans les brouillons (IMAP · Entwürfe) ; rien n'est envoyé." in result.stderr
    assert len(found) == len(files) > 2
    assert {(m.subject, m.to) for m in found} == {
        (m.subject, m.to) for m in (MailMessage.from_bytes(file.read_bytes()) for file in files)
    }
    for mail in found:
        assert set(mail.flags) >= {"\\Draft", "\\Seen"}
        assert mail.from_ == "julie@nordalys.example"
        assert "x-unsent" not in mail.headers
        assert mail.date_str
    answering = [m for m in found if m.headers.get("in-reply-to") == ("<q@client.example>",)]
    assert len(answering) == len(found) - 1  # the one that asks the sponsor to agree is a matter of its own


def test_a_weekly_message_goes_into_the_drafts(configured: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the command line and from the page, to whom it is for; the summary goes to the sponsor."""
    store, today = Store(), date.today()
    people = read_people((EXAMPLE / "sale" / "people.csv").read_text("utf-8"))
    store.create("Norvalis", "", people, None, today)
    store.note("Norvalis", Outcome(day=today, matter="budget", text="L'enveloppe budgétaire est confirmée."))
    before = len(read_back(configured, "heide", "Entwürfe"))
    result = CliRunner().invoke(app, ["deal", "summary", "Norvalis", "--drafts", "imap"])
    assert result.exit_code == 0, result.output
    assert "One message is in the drafts (IMAP · Entwürfe); nothing is sent." in result.stderr
    page = AppTest.from_string("from reviewer.ui.deals import deals_page\ndeals_page()", default_timeout=60)
    page.session_state["lang"] = "en"
    page.run().button(key="take-weekly").click().run()
    [waiting] = [m for m in store.history("Norvalis").waiting(today) if m.message.kind == "group"]
    # The click comes behind the last letter, and the draft has it.
    [body] = [a for a in page.text_area if str(a.key).startswith(f"body-{waiting.id}-")]
    page.button(key=f"drafts-imap-{waiting.id}").click()
    body.set_value(waiting.message.body.replace("Voici", "Voilà")).run()
    assert not page.exception
    assert [
        "One message is in the drafts (IMAP · Entwürfe)" in str(box.value).replace("\\", "") for box in page.success
    ] == [True]
    summary, weekly = read_back(configured, "heide", "Entwürfe")[before:]
    assert (summary.to, weekly.cc) == (("h.castel@norvalis.example",), ("o.vial@norvalis.example",))
    assert all("L'enveloppe budgétaire est confirmée." in mail.text for mail in (summary, weekly))
    assert "Voilà le point" in weekly.text
    known = {m.message.kind: m.mail_id for m in store.history("Norvalis").messages}
    assert [mail.headers["message-id"] for mail in (summary, weekly)] == [(known["direct"],), (known["group"],)]


def test_a_review_goes_into_the_drafts_by_a_token(configured: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command gives the token, and there is no password."""
    monkeypatch.delenv("REVIEWER_IMAP_PASSWORD")
    monkeypatch.setenv("REVIEWER_IMAP_TOKEN_COMMAND", printing("print('EwB4A8l6/heide.2')"))
    read_back(configured, "heide", "Entwürfe")
    files = (str(EXAMPLE / "harbour.en.txt"), "--people", str(EXAMPLE / "harbour.en.people.csv"))
    result = CliRunner().invoke(app, ["review", *files, "--drafts", "imap"])
    assert result.exit_code == 0, result.output
    assert f"{len(read_back(configured, 'heide', 'Entwürfe'))} messages are in the drafts" in result.stderr
    monkeypatch.setenv("REVIEWER_IMAP_TOKEN_COMMAND", printing("print('ya29.run-out')"))
    result = CliRunner().invoke(app, ["review", *files, "--drafts", "imap"])
    assert result.exit_code == 2
    assert "does not accept the access token for heide" in result.stderr
    assert "run-out" not in result.output


def test_a_mailbox_that_is_not_set_up_loses_no_review() -> None:
    """The review is printed all the same, and one sentence says what to set."""
    draft, people = str(EXAMPLE / "atlas.fr.txt"), str(EXAMPLE / "atlas.fr.people.txt")
    result = CliRunner(env={"REVIEWER_IMAP_HOST": None}).invoke(
        app, ["review", draft, "--people", people, "--drafts", "imap"]
    )
    assert result.exit_code != 0
    assert "Message direct à Karim Benali" in result.stdout
    assert result.stderr.strip().splitlines()[-1].startswith("reviewer: REVIEWER_IMAP_HOST is not set")


def test_the_page_has_a_button_where_a_mailbox_is_set_up(configured: Server) -> None:
    """One click puts the messages, as they stand in the cards, into the drafts."""
    page = AppTest.from_string("from reviewer.ui.page import review_page\nreview_page()", default_timeout=60)
    page.session_state["lang"] = "en"
    page.run().button(key="example-harbour.en").click().run()
    page.button(key="go").click().run()
    area = next(a for a in page.text_area if str(a.key).startswith("body-") and not str(a.key).endswith("group"))
    area.set_value(f"{area.value}\nPS: see you on Monday.").run()
    page.button(key="drafts-imap").click().run()
    assert not page.exception
    found = read_back(configured, "heide", "Entwürfe")
    assert any(f"{len(found)} messages are in the drafts" in str(box.value) for box in page.success)
    assert len([m for m in found if "PS: see you on Monday." in m.text]) == 1


def test_without_a_mailbox_the_page_has_no_button(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is offered that cannot be done."""
    monkeypatch.delenv("REVIEWER_IMAP_HOST", raising=False)
    page = AppTest.from_string("from reviewer.ui.page import review_page\nreview_page()", default_timeout=60)
    page.session_state["lang"] = "en"
    page.run().button(key="example-harbour.en").click().run()
    page.button(key="go").click().run()
    assert not [b for b in page.button if str(b.key).startswith("drafts-")]
