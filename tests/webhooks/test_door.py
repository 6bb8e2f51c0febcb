"""What is sent reaches the machine that was checked, which proves its name; nobody sends it elsewhere."""

import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.webhooks.addresses import AddressRefused, Rules
from app.webhooks.door import LONGEST_EXCERPT, Door, NoAnswer, NotTrusted, TimedOut, Unreachable
from tests.webhooks.receiver import HOST, receiver

HERE = Rules(http=True, private=True)
NAME = "hooks.example.org"


def certificate(folder, name):
    """A certificate that its owner has signed, for one name."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    names = [x509.DNSName(name)] if not name[0].isdigit() else [x509.IPAddress(ip_address(name))]
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


def shown(file):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def door_to(file, resolve=lambda host, port: [HOST]):
    """A door that trusts this certificate alone."""
    return Door(Rules(private=True, resolve=resolve), lambda: ssl.create_default_context(cafile=str(file)))


def test_the_machine_that_was_looked_up_is_asked_by_the_name_that_is_meant(tmp_path):
    file = certificate(tmp_path, NAME)
    with receiver(shown(file)) as other:
        answer = door_to(file).send(f"https://{NAME}:{other.port}/hook?a=1", {"X-Test": "1"}, b"{}")
    assert (answer.status, answer.excerpt) == (200, "")
    [came] = other.came
    assert (came.path, came.body, came.headers["X-Test"]) == ("/hook?a=1", b"{}", "1")
    assert came.headers["Host"] == f"{NAME}:{other.port}"
    assert other.names_asked == [NAME]


def test_a_machine_that_cannot_prove_the_name_gets_nothing(tmp_path):
    file = certificate(tmp_path, "other.example.org")
    with receiver(shown(file)) as other:
        with pytest.raises(NotTrusted):
            door_to(file).send(f"https://{NAME}:{other.port}/hook", {}, b"{}")
        with pytest.raises(NotTrusted):
            Door(Rules(private=True, resolve=lambda host, port: [HOST])).send(
                f"https://other.example.org:{other.port}/hook", {}, b"{}"
            )
    assert other.came == []


def test_a_name_that_says_another_thing_the_second_time_gains_nothing(tmp_path):
    """DNS rebinding: it is looked up once, and that very answer is checked and connected to."""
    said = iter([["8.8.8.8"], [HOST], [HOST]])
    rules = Rules(http=True, resolve=lambda host, port: next(said))
    with receiver() as other:
        with pytest.raises((Unreachable, TimedOut)):
            Door(rules, timeout=0.2).send(f"http://{NAME}:{other.port}/hook", {}, b"{}")
        with pytest.raises(AddressRefused):
            Door(rules).send(f"http://{NAME}:{other.port}/hook", {}, b"{}")
    assert other.came == []
    assert list(said) == [[HOST]]


def test_nobody_sends_it_elsewhere():
    with receiver() as inside, receiver() as other:
        for status in (301, 302, 303, 307, 308):
            other.statuses, other.headers = [status], {"Location": inside.url}
            assert Door(HERE).send(other.url, {}, b"{}").status == status
    assert len(other.came) == 5
    assert inside.came == []


def test_no_proxy_of_the_environment_is_asked(monkeypatch):
    with receiver() as proxy, receiver() as other:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{HOST}:{proxy.port}")
        Door(HERE).send(other.url, {}, b"{}")
    assert (len(other.came), proxy.came) == (1, [])


def test_of_an_answer_that_is_no_yes_the_beginning_is_kept_on_one_line():
    with receiver() as other:
        other.statuses, other.answer = [500], b"went\n\x00 wrong \xff" + b"x" * 1_000_000
        answer = Door(HERE).send(other.url, {}, b"{}")
        assert answer.status == 500
        assert answer.excerpt.startswith("went wrong")
        assert len(answer.excerpt) == LONGEST_EXCERPT
        assert answer.excerpt.isprintable()


def test_who_drips_an_answer_byte_by_byte_is_not_waited_for():
    with receiver() as other:
        other.drips = threading.Event()
        with pytest.raises(TimedOut):
            Door(HERE, deadline=0.3).send(other.url, {}, b"{}")


def test_one_machine_of_a_name_that_is_away_is_made_up_for_by_another():
    with receiver() as other:
        rules = Rules(http=True, private=True, resolve=lambda host, port: ["127.0.0.2", HOST])
        assert Door(rules).send(f"http://{NAME}:{other.port}/hook", {}, b"{}").status == 200


def test_who_is_away_or_speaks_no_http_is_told_apart():
    with receiver() as other:
        url = other.url
    with pytest.raises(Unreachable):
        Door(HERE).send(url, {}, b"{}")
    with receiver() as other:
        other.answer, other.headers = b"x", {"Transfer-Encoding": "nonsense"}
        with pytest.raises(NoAnswer):
            Door(HERE).send(other.url, {}, b"{}")
