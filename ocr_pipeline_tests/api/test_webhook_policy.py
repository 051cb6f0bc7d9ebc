import re
from ipaddress import IPv4Address, ip_address
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from api.webhooks.policy import WebhookRefusedError, check_webhook, get_policy
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings

SETTINGS = Settings(jwt_secret=SecretStr("a secret of the tests, longer than 32 bytes"))
INSIDE = SETTINGS.model_copy(update={"webhook_networks": "10.1.0.0/16, fd00:1::/32"})


def refusal(url: str, settings: Settings = SETTINGS) -> str:
    """Empty where it is allowed."""
    try:
        check_webhook(url, settings)
    except PipelineError as error:
        return error.message if error.code is ErrorCode.WEBHOOK_REFUSED else f"wrong code {error.code}"
    return ""


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/hooks/ocr?key=a%20b&c=d",
        "HTTPS://Hooks.Example.COM:8443/",
        "https://xn--bcher-kva.example/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://my_host.example.com:443",
        f"https://example.com/{'a' * 1980}",
    ],
)
def test_addresses_of_the_internet_are_allowed(url: str) -> None:
    assert refusal(url) == ""


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "characters"),
        ("example.com", "https"),
        ("https:example.com", "https"),
        ("http://example.com", "https"),
        ("ftp://example.com", "https"),
        ("file:///etc/passwd", "https"),
        ("gopher://example.com:443/_", "https"),
        ("https://", "host"),
        ("https:///path", "host"),
        ("https://:443/", "host"),
        ("https://example.com:", "port"),
        ("https://example.com:0", "port"),
        ("https://example.com:65536", "port"),
        ("https://example.com:99999", "port"),
        ("https://example.com:22", "port is 22"),
        ("https://example.com:80", "port is 80"),
        ("https://example.com:6379/", "port is 6379"),
        ("https://user:password@example.com/", "user name"),
        ("https://@example.com/", "user name"),
        ("https://example.com@127.0.0.1/", "user name"),
        ("https://example.com/#fragment", "fragment"),
        ("https://example.com/#", "fragment"),
        ("https://example.com\\@127.0.0.1/", "characters"),
        ("https://example.com/a b", "characters"),
        ("https://example.com/\r\nX-Header: a", "characters"),
        ("https://example.com/\x00", "characters"),
        ("https://bücher.example/", "characters"),
        ("https://127\uff0e0\uff0e0\uff0e1/", "characters"),
        ("https://①②⑦.0.0.1/", "characters"),
        ("https://example..com/", "host"),
        ("https://example.com./", "host"),
        ("https://-example.com/", "host"),
        (f"https://{'a' * 64}.com/", "host"),
        ("https://localhost/", "internet"),
        ("https://redis/", "internet"),
        # Every way to write an address.
        ("https://127.0.0.1/", "internet"),
        ("https://127.0.0.1:443", "internet"),
        ("https://0.0.0.0/", "internet"),
        ("https://10.0.0.1/", "internet"),
        ("https://172.16.0.1/", "internet"),
        ("https://192.168.1.1/", "internet"),
        ("https://100.64.0.1/", "internet"),
        ("https://169.254.169.254/latest/meta-data/", "internet"),
        ("https://168.63.129.16/", "internet"),
        ("https://224.0.0.1/", "internet"),
        ("https://255.255.255.255/", "internet"),
        ("https://240.0.0.1/", "internet"),
        ("https://198.18.0.1/", "internet"),
        ("https://[::]/", "internet"),
        ("https://[::1]/", "internet"),
        ("https://[fe80::1]/", "internet"),
        ("https://[fe80::1%25eth0]/", "host"),
        ("https://[fc00::1]/", "internet"),
        ("https://[fec0::1]/", "internet"),
        ("https://[ff02::1]/", "internet"),
        ("https://[fd00:ec2::254]/", "internet"),
        ("https://[::7f00:1]/", "internet"),
        ("https://[2001::1]/", "internet"),
        ("https://[2001:db8::1]/", "internet"),
        ("https://[::ffff:127.0.0.1]/", "usual form"),
        ("https://[::ffff:8.8.8.8]/", "usual form"),
        ("https://[64:ff9b::7f00:1]/", "usual form"),
        ("https://[64:ff9b:1::7f00:1]/", "internet"),
        ("https://[2002:7f00:1::]/", "usual form"),
        ("https://[127.0.0.1]/", "usual form"),
        ("https://::1/", "host"),
        ("https://2130706433/", "usual form"),
        ("https://017700000001/", "usual form"),
        ("https://0x7f000001/", "usual form"),
        ("https://0x7f.0.0.1/", "usual form"),
        ("https://0177.0.0.1/", "usual form"),
        ("https://127.1/", "usual form"),
        ("https://127.0.1/", "usual form"),
        ("https://127.0.0.0x1/", "usual form"),
        ("https://1.2.3.4.5/", "usual form"),
        ("https://256.0.0.1/", "usual form"),
        ("https://8.8.8.8./", "usual form"),
        (f"https://example.com/{'a' * 2000}", "limit is 2000"),
    ],
)
def test_what_may_not_be_called_is_refused_with_the_reason(url: str, why: str) -> None:
    message = refusal(url)
    assert message.startswith(f"The webhook {url[:200]}")
    assert why in message.rpartition("is not allowed: ")[2]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://10.1.2.3:5000/hook", True),
        ("https://10.1.2.3/hook", True),
        ("http://[fd00:1::7]/", True),
        ("http://receiver:8080/", True),  # only its addresses will tell
        ("https://example.com/", True),
        ("https://8.8.8.8/", True),
        ("http://8.8.8.8/", False),
        ("https://8.8.8.8:5000/", False),
        ("http://10.2.0.1/", False),
        ("https://127.0.0.1/", False),
        ("https://169.254.169.254/", False),
        ("http://[::ffff:10.1.2.3]/", False),
    ],
)
def test_the_operator_s_own_networks_may_be_called_in_any_way(url: str, allowed: bool) -> None:
    assert (refusal(url, INSIDE) == "") is allowed


@pytest.mark.parametrize(
    ("url", "address", "allowed"),
    [
        ("https://example.com/", "93.184.215.14", True),
        ("https://example.com/", "127.0.0.1", False),
        ("https://example.com/", "169.254.169.254", False),
        ("https://example.com/", "::ffff:127.0.0.1", False),
        ("https://example.com/", "64:ff9b::808:808", True),  # how networks of IPv6 alone reach 8.8.8.8
        ("https://example.com/", "64:ff9b::a01:203", True),
        ("https://example.com/", "64:ff9b::a02:1", False),
        ("https://example.com/", "2002:7f00:1::", False),
        ("http://receiver:8080/", "10.1.2.3", True),
        ("http://receiver:8080/", "10.2.0.1", False),
        ("http://receiver:8080/", "93.184.215.14", False),
        ("https://receiver:8080/", "93.184.215.14", False),
    ],
)
def test_a_name_is_judged_by_its_address(url: str, address: str, allowed: bool) -> None:
    policy = get_policy(INSIDE)
    target = policy.read(url)
    if allowed:
        policy.check_address(target, ip_address(address))
    else:
        with pytest.raises(WebhookRefusedError):
            policy.check_address(target, ip_address(address))


@given(st.ip_addresses(), st.sampled_from(["{}", "[{}]", "[::ffff:{}]", "[64:ff9b::{}]"]))
def test_no_address_but_a_public_one_is_ever_allowed(address: IPv4Address, form: str) -> None:
    host = form.format(address)
    if refusal(f"https://{host}/") == "":
        assert address.is_global
        assert not address.is_multicast
        assert host.strip("[]") == str(address)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "{:#x}", "0{:o}", "{:#X}"]))
def test_no_number_is_a_host(number: int, form: str) -> None:
    assert refusal(f"https://{form.format(number)}/")


@given(st.text(max_size=40) | st.from_regex(r"https://[a-z0-9.@:\[\]/?\\%-]{0,30}", fullmatch=True))
def test_what_is_allowed_says_to_everybody_else_what_it_says_to_us(url: str) -> None:
    """A receiver's own parser must not see another host in it than was checked."""
    if refusal(url) == "":
        target = get_policy(SETTINGS).read(url)
        other = urlsplit(url)
        assert (other.scheme, other.hostname, other.port or 443) == (target.scheme, target.host, target.port)
        assert other.username is None
        assert url.endswith(target.path) or target.path == "/" or target.path.startswith("/?")
        assert re.fullmatch(r"/[!-~]*", target.path)


@given(st.text(max_size=30))
def test_nothing_else_is_raised(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}/", f"https://[{text}]:443/", f"https://a.b:{text}"):
        refusal(url)
        refusal(url, INSIDE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook_networks", "10.1.0.0/33"),
        ("webhook_networks", "10.1.0.1/16"),
        ("webhook_networks", "intranet"),
        ("webhook_ports", "https"),
        ("webhook_ports", "443,0"),
        ("webhook_ports", "70000"),
    ],
)
def test_wrong_settings_are_named(name: str, value: str) -> None:
    with pytest.raises(PipelineError, match=f"OCR_{name.upper()}") as caught:
        get_policy(SETTINGS.model_copy(update={name: value}))
    assert caught.value.code is ErrorCode.INVALID_SETTING


def test_without_a_secret_there_are_no_webhooks() -> None:
    nothing = SETTINGS.model_copy(update={"jwt_secret": SecretStr("")})
    assert "OCR_WEBHOOK_SECRET" in refusal("https://example.com/", nothing)
    elsewhere = SETTINGS.model_copy(update={"jwt_algorithm": "ES256"})
    assert "OCR_WEBHOOK_SECRET" in refusal("https://example.com/", elsewhere)
    own = elsewhere.model_copy(update={"webhook_secret": SecretStr("w" * 32)})
    assert refusal("https://example.com/", own) == ""
