"""Where sources must never connect to, as data. A real server on loopback sees no connection of any of it."""

import gzip
import socket
import ssl
import threading
import tracemalloc
from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from ingestion.sources.addresses import is_public, plain_host
from ingestion.sources.errors import AddressRefused, SourceError, TooMuch, Unreachable
from ingestion.sources.safe_http import Limits, fetch, place_of
from tests.ingestion.certificates import certificate_for
from tests.ingestion.listening import Listener, listening

LIMITS = Limits(bytes=100_000, seconds=5)


@pytest.fixture
def listener(settings) -> Iterator[Listener]:
    """Its port is allowed, so that nothing but its address keeps anybody away."""
    with listening() as server:
        settings.SOURCES_ALLOWED_PORTS = [server.server_port]
        yield server


@pytest.fixture
def names(monkeypatch) -> dict[str, list[list[str]]]:
    """Names of a resolver of our own: each question takes the next answer, the last one stays."""
    answers: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        if host not in answers:
            return real(host, port, *args, **kwargs)
        given = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [found for text in given for found in real(text, port, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return answers


NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 100.100.100.200 127.0.0.1 127.1.2.3
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.254 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
198.18.0.1 198.19.255.254 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
168.63.129.16
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 ::ffff:8.8.8.8
64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 100::1 2001::1 2001:0:7f00:1::1 2001:10::1 2001:20::1
2001:db8::1 2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fdff::1 fe80::1
fec0::1 ff02::1 ff0e::1 2606:4700::5efe:7f00:1 2606:4700::200:5efe:a00:1
""".split()
PUBLIC = (
    "8.8.8.8 93.184.216.34 172.32.0.1 100.128.0.1 198.20.0.1 2606:4700:4700::1111 2a00:1450:4001::1".split()
)


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_address_that_is_not_public_is_refused(text) -> None:
    assert not is_public(ip_address(text))
    host = f"[{text}]" if ":" in text else text
    with pytest.raises(AddressRefused), fetch(f"http://{host}/", limits=LIMITS):
        pass


@pytest.mark.parametrize("text", PUBLIC)
def test_public_address_is_taken(text) -> None:
    assert is_public(ip_address(text))


LOOPBACK = """
127.0.0.1 localhost LOCALHOST localhost. 127.0.0.1. 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1
017700000001 0 00000177.1 127.0.0.01 [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1]
[::ffff:0:127.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::] [::1%25lo] １２７.０.０.１ 127。0。0。1 ①②⑦.0.0.1 ⓛocalhost
""".split()


@pytest.mark.parametrize("host", LOOPBACK)
def test_no_spelling_of_loopback_leads_there(host, listener) -> None:
    with pytest.raises(SourceError), fetch(f"http://{host}:{listener.server_port}/", limits=LIMITS):
        pass
    assert listener.connections == 0


ODD = [
    ("file:///etc/passwd", "begin with http"),
    ("ftp://example.com/", "begin with http"),
    ("gopher://127.0.0.1:6379/_INFO", "begin with http"),
    ("data:text/html,x", "begin with http"),
    ("jar:http://example.com!/", "begin with http"),
    ("//example.com/", "begin with http"),
    ("dict://example.com:2628/", "begin with http"),
    ("http:///path", "no server"),
    ("http://user@example.com/", "user name and password"),
    ("http://user:secret@example.com/", "user name and password"),
    ("http://example.com@127.0.0.1/", "user name and password"),
    ("http://@example.com/", "user name and password"),
    ("http://example.com:22/", "Port 22"),
    ("http://example.com:6379/", "Port 6379"),
    ("https://example.com:8443/", "Port 8443"),
    ("http://example.com:99999/", "port that does not exist"),
    ("http://example.com:x/", "port that does not exist"),
    ("http://example.com\\@127.0.0.1/", "hides where it leads"),
    ("http://exam\tple.com/", "hides where it leads"),
    ("http://example.com/\r\nHost: other", "hides where it leads"),
    ("http://exa mple.com/", "hides where it leads"),
    ("http://example..com/", "hides where it leads"),
    ("http://-.example.com/", "hides where it leads"),
    ("http://[::1/", "hides where it leads"),
    ("http://[v1.x]/", "hides where it leads"),
    ("http://1.2.3.4.5/", "hides where it leads"),
    ("http://" + "a" * 70 + ".com/", "hides where it leads"),
]


@pytest.mark.parametrize(("url", "words"), ODD)
def test_odd_address_is_refused_in_words(url, words) -> None:
    with pytest.raises(AddressRefused, match=words):
        place_of(url)


def test_names_are_known_in_one_spelling() -> None:
    assert plain_host("BÜCHER.example.") == "xn--bcher-kva.example"
    assert (
        place_of("HTTPS://Example.com:443/a b?ü#x".replace(" ", "%20")).url
        == "https://example.com/a%20b?%C3%BC"
    )


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["10.0.0.7"]])
def test_name_with_one_private_address_is_refused_whatever_else_it_has(answer, names, listener) -> None:
    names["docs.example.com"] = [answer]
    url = f"http://docs.example.com:{listener.server_port}/"
    with pytest.raises(AddressRefused, match="private network"), fetch(url, limits=LIMITS):
        pass
    assert listener.connections == 0


def test_name_that_answers_differently_the_second_time_is_not_asked_twice(names, listener, settings) -> None:
    settings.SOURCES_ALLOWED_NETWORKS = ["127.0.0.2/32"]
    url = f"http://rebinding.example.com:{listener.server_port}/"
    with listening("127.0.0.2", listener.server_port) as allowed:
        allowed.pages["/"] = (200, {}, b"fine")
        names["rebinding.example.com"] = [["127.0.0.2"], ["127.0.0.1"]]
        with fetch(url, limits=LIMITS) as response:
            assert response.read() == b"fine"
        assert (allowed.connections, listener.connections) == (1, 0)
        with pytest.raises(AddressRefused), fetch(url, limits=LIMITS):
            pass
    assert listener.connections == 0


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/secret",
        "http://localhost:{port}/secret",
        "//127.1:{port}/secret",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/",
        "http://user:secret@127.0.0.2:{port}/",
        "http://127.0.0.2:22/",
    ],
)
def test_redirect_is_checked_like_the_first_address(target, listener, settings) -> None:
    settings.SOURCES_ALLOWED_NETWORKS = ["127.0.0.2/32"]
    with listening("127.0.0.2", listener.server_port) as allowed:
        allowed.pages["/"] = (302, {"Location": target.format(port=listener.server_port)}, b"")
        with pytest.raises(AddressRefused), fetch(f"{allowed.url}/", limits=LIMITS):
            pass
        assert allowed.connections == 1
    assert listener.connections == 0


@pytest.fixture
def site(listener, settings) -> Listener:
    settings.SOURCES_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    return listener


def test_proxies_of_the_environment_are_not_used(site, monkeypatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.9:9/")
    site.pages["/"] = (200, {}, b"straight")
    with fetch(site.url, limits=LIMITS) as response:
        assert response.read() == b"straight"


def test_another_server_is_told_no_secret_and_no_cookie(site) -> None:
    with listening("127.0.0.3", site.server_port) as other:
        site.pages["/"] = (302, {"Location": f"{other.url}/next", "Set-Cookie": "a=b"}, b"")
        other.pages["/next"] = (200, {}, b"there")
        with fetch(site.url, limits=LIMITS, headers={"Authorization": "Basic x"}) as response:
            assert response.read() == b"there"
        ((_, said),) = other.asked
    assert "Authorization" not in said
    assert "Cookie" not in said
    assert site.asked[0][1]["Authorization"] == "Basic x"
    assert said["User-Agent"].startswith("Colloquy/")


def test_redirects_end(site) -> None:
    site.pages["/"] = (302, {"Location": "/"}, b"")
    with pytest.raises(Unreachable, match="again and again"), fetch(site.url, limits=LIMITS):
        pass
    assert site.connections == LIMITS.redirects + 1


def raw_server(*pieces: bytes, endless: bytes = b"") -> tuple[socket.socket, list[int]]:
    """A server that says just this, then the last piece for ever, or nothing more."""
    server = socket.create_server(("127.0.0.1", 0))
    sent: list[int] = []

    def serve() -> None:
        line, _ = server.accept()
        line.recv(4096)
        try:
            for piece in pieces:
                line.sendall(piece)
            while endless:
                line.sendall(endless)
                sent.append(len(endless))
            line.recv(1)
        except OSError:
            pass
        line.close()

    threading.Thread(target=serve, daemon=True).start()
    return server, sent


def answer_of(limits: Limits, settings, *pieces: bytes, endless: bytes = b"") -> bytes:
    server, _ = raw_server(*pieces, endless=endless)
    with server:
        port = server.getsockname()[1]
        settings.SOURCES_ALLOWED_PORTS = [port]
        settings.SOURCES_ALLOWED_NETWORKS = ["127.0.0.0/8"]
        with fetch(f"http://127.0.0.1:{port}/", limits=limits) as response:
            return response.read()


HEAD = b"HTTP/1.1 200 OK\r\n"


def test_endless_body_ends_at_the_limit(settings) -> None:
    with pytest.raises(TooMuch):
        answer_of(LIMITS, settings, HEAD + b"\r\n", endless=b"x" * 65536)


def test_endless_headers_end(settings) -> None:
    with pytest.raises(Unreachable):
        answer_of(LIMITS, settings, HEAD, endless=b"X-Header: " + b"y" * 1000 + b"\r\n")


def test_silent_server_is_left(settings) -> None:
    limits = Limits(bytes=1000, seconds=0.2, silence=0.1)
    with pytest.raises(Unreachable, match="too long"):
        answer_of(limits, settings, HEAD + b"Content-Length: 10\r\n\r\nabc")


def test_drop_by_drop_ends_in_time_though_no_pause_is_long(settings) -> None:
    """Each byte comes at once; all together never do."""
    limits = Limits(bytes=10**12, seconds=0.2, silence=0.1)
    with pytest.raises(Unreachable, match="too long"):
        answer_of(limits, settings, HEAD + b"\r\n", endless=b"z")


def test_drop_by_drop_headers_end_in_time(settings) -> None:
    limits = Limits(bytes=10**12, seconds=0.2, silence=0.1)
    with pytest.raises(Unreachable):
        answer_of(
            limits, settings, b"HTTP/1.1 100 Continue\r\n\r\n", endless=b"HTTP/1.1 100 Continue\r\n\r\n"
        )


def test_bomb_is_noticed_before_it_has_gone_off(site) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    site.pages["/"] = (200, {"Content-Encoding": "gzip"}, bomb)
    tracemalloc.start()
    try:
        with pytest.raises(TooMuch), fetch(site.url, limits=LIMITS) as response:
            response.read()
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Length": "500"}, b"half of it"),
        ({"Content-Encoding": "gzip"}, b"\x1f\x8b\x08\x00not at all"),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"x" * 1000, mtime=0)[:-12]),
        ({"Content-Encoding": "br"}, b"what nobody asked for"),
        ({"Transfer-Encoding": "chunked", "Content-Length": None}, b"5\r\nhello\r\n"),
    ],
    ids=["short", "not gzip", "cut gzip", "unasked coding", "cut chunks"],
)
def test_half_an_answer_never_passes_for_all_of_it(headers, body, site) -> None:
    site.pages["/"] = (200, headers, body)
    with pytest.raises(Unreachable), fetch(site.url, limits=LIMITS) as response:
        response.read()


def test_certificate_of_another_name_is_not_trusted(settings, tmp_path, names) -> None:
    """TLS asks for the name that was entered, though the connection goes to a checked address."""
    files = certificate_for("docs.example.com", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    settings.SOURCES_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    names["docs.example.com"] = names["other.example.com"] = [["127.0.0.1"]]
    with listening() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.pages["/"] = (200, {}, b"private")
        settings.SOURCES_ALLOWED_PORTS = [server.server_port]
        url = f"https://{{}}.example.com:{server.server_port}/"
        with pytest.raises(Unreachable, match="cannot be trusted"), fetch(url.format("docs"), limits=LIMITS):
            pass
        settings.SOURCES_CA_FILE = str(files.certificate)
        with fetch(url.format("docs"), limits=LIMITS) as response:
            assert response.read() == b"private"
        with pytest.raises(Unreachable, match="cannot be trusted"), fetch(url.format("other"), limits=LIMITS):
            pass
