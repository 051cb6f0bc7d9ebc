import socket
from collections.abc import Iterator

import pytest

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local.ports import Port, choose, is_free, require_address


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_free_ports_differ_and_are_free() -> None:
    chosen = choose(list(Port), {}, {})
    assert len(set(chosen.values())) == len(Port)
    assert all(is_free(number) for number in chosen.values())


def test_last_times_port_is_kept() -> None:
    kept = choose([Port.REDIS], {}, {})
    assert choose([Port.REDIS], {Port.REDIS: 0}, kept) == kept


def test_last_times_port_is_left_if_someone_took_it(busy: int) -> None:
    assert choose([Port.REDIS], {}, {Port.REDIS: busy})[Port.REDIS] != busy


def test_wanted_port_in_use_is_named_with_its_setting(busy: int) -> None:
    with pytest.raises(PipelineError) as caught:
        choose([Port.API], {Port.API: busy}, {})
    assert caught.value.code is ErrorCode.PORT_IN_USE
    assert str(caught.value) == (
        f"Port {busy}, wanted for the API, is in use. "
        "Stop what listens there, or set OCR_API_PORT to another port or to 0 for any free one."
    )


def test_one_port_wanted_twice_is_refused() -> None:
    number = choose([Port.API], {}, {})[Port.API]
    with pytest.raises(PipelineError, match="OCR_DAGSTER_PORT"):
        choose([Port.API, Port.DAGSTER], {Port.API: number, Port.DAGSTER: number}, {})


def test_an_address_that_this_machine_does_not_have_is_refused() -> None:
    require_address("127.0.0.2")
    with pytest.raises(PipelineError, match=r"OCR_HOST is not valid: this machine has no address 192\.0\.2\.99"):
        require_address("192.0.2.99")


def test_a_port_must_be_free_on_both_addresses(busy: int) -> None:
    assert is_free(busy, "127.0.0.1") is False
    assert is_free(busy, "127.0.0.2") is False
