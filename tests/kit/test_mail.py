"""Mail is handed in to a real SMTP server: encrypted before a password is sent, and never with headers of a stranger."""

from datetime import UTC, datetime

import pytest

from app.kit.mail import Letter, MailAway, MailRefused, PasswordInClear, mail_server, message, send
from tests.mailbox import PASSWORD, USER, mailbox

NOW = datetime(2026, 10, 5, 6, tzinfo=UTC)
LETTER = Letter("alice@example.org", "Alice", "Callmark: 你好", "Hello Alice,\n\n一 review waits.\n", "notices-1-2")


def test_a_mail_arrives_as_it_was_written(tmp_path):
    with mailbox(tmp_path) as box:
        send(mail_server(f"smtp://{box.host}:{box.port}", "qa@example.org"), LETTER, NOW)
    [got] = box.mails
    assert (got["From"], got["To"], got["Subject"]) == ("qa@example.org", "Alice <alice@example.org>", "Callmark: 你好")
    assert got.get_content().replace("\r\n", "\n") == LETTER.text
    assert got["Message-ID"] == "<notices-1-2@example.org>"
    assert got["Auto-Submitted"] == "auto-generated"
    assert box.were_encrypted == [False]


def test_a_password_goes_over_an_encrypted_connection_alone(tmp_path, monkeypatch):
    with mailbox(tmp_path, certified=True) as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(box.certificate))
        send(mail_server(f"smtp://{USER}:{PASSWORD}@{box.host}:{box.port}", None), LETTER, NOW)
    assert box.were_encrypted == [True]
    with mailbox(tmp_path) as box:
        with pytest.raises(PasswordInClear):
            send(mail_server(f"smtp://{USER}:{PASSWORD}@{box.host}:{box.port}", None), LETTER, NOW)
        assert box.mails == []


def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path):
    with mailbox(tmp_path, certified=True) as box, pytest.raises(MailAway):
        send(mail_server(f"smtp://{box.host}:{box.port}", None), LETTER, NOW)
    assert box.mails == []


def test_a_wrong_password_and_a_server_that_is_away_are_told_alike(tmp_path, monkeypatch):
    with mailbox(tmp_path, certified=True) as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(box.certificate))
        with pytest.raises(MailAway):
            send(mail_server(f"smtp://{USER}:wrong@{box.host}:{box.port}", None), LETTER, NOW)
    with pytest.raises(MailAway):
        send(mail_server(f"smtp://{box.host}:{box.port}", None), LETTER, NOW)


def test_a_password_that_no_server_takes_is_told_like_a_wrong_one(tmp_path, monkeypatch):
    with mailbox(tmp_path, certified=True) as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(box.certificate))
        with pytest.raises(MailAway):
            send(mail_server(f"smtp://{USER}:%E5%AF%86@{box.host}:{box.port}", None), LETTER, NOW)


def test_a_recipient_whom_the_server_refuses_is_refused(tmp_path):
    with mailbox(tmp_path, refused=("alice@example.org",)) as box, pytest.raises(MailRefused):
        send(mail_server(f"smtp://{box.host}:{box.port}", None), LETTER, NOW)


@pytest.mark.parametrize("name", ["Eve\r\nBcc: all@example.org", "Eve\nBcc: all@example.org\n\nbody"])
def test_a_line_break_in_a_name_or_subject_makes_no_header(name):
    made = message(Letter("eve@example.org", name, f"Hello {name}", "text", "1"), "qa@example.org", NOW)
    assert made["Bcc"] is None
    assert b"\nBcc:" not in made.as_bytes()


@pytest.mark.parametrize(
    "address", ["eve@example.org\nBcc: all@example.org", "eve@example.org, all@example.org", "eve"]
)
def test_what_is_no_address_of_one_person_is_refused(tmp_path, address):
    with mailbox(tmp_path) as box:
        with pytest.raises(MailRefused):
            send(mail_server(f"smtp://{box.host}:{box.port}", None), Letter(address, "Eve", "s", "t", "1"), NOW)
        assert box.mails == []


def test_the_password_of_the_mail_server_is_not_shown():
    server = mail_server("smtps://qa%40example.org:s%40cret@mail.example.org", None)
    assert (server.user, server.password, server.port, server.encrypted) == ("qa@example.org", "s@cret", 465, True)
    assert "s@cret" not in repr(server)
