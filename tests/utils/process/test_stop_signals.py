"""Stop signals become interrupts or wait for the end of a block, and every handler is put back."""

import signal
import sys
import threading

import pytest

from jsdf.utils.process.stop_signals import STOP_SIGNALS, handle_signals, signals_deferred, stop_signals_as_interrupts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")


@pytest.fixture(autouse=True)
def known_handlers():
    """Give every signal a known handler, also where the tests run under `nohup` or in the background of a shell."""
    numbers = [signal.SIGINT, *STOP_SIGNALS]
    previous = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    yield
    assert all(signal.getsignal(number) is signal.default_int_handler for number in numbers)
    for number, handler in previous.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_interrupts(number):
    with pytest.raises(KeyboardInterrupt), stop_signals_as_interrupts() as received:
        signal.raise_signal(number)
    assert received == [number]


def test_the_hangup_that_nohup_ignores_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with stop_signals_as_interrupts() as received:
        signal.raise_signal(signal.SIGHUP)
    assert (received, signal.getsignal(signal.SIGHUP)) == ([], signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.default_int_handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_deferred_signal_takes_effect_after_the_block(number):
    done = []
    with pytest.raises(KeyboardInterrupt), signals_deferred():  # noqa: PT012 - the block is the test
        signal.raise_signal(number)
        done.append("block")
    assert done == ["block"]


def test_a_second_deferred_signal_takes_effect_at_once():
    done = []
    with pytest.raises(KeyboardInterrupt), signals_deferred():  # noqa: PT012 - the block is the test
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        done.append("never")
    assert done == []


def test_another_thread_handles_none():
    errors = []

    def work():
        try:
            with handle_signals(STOP_SIGNALS, lambda *_: None):
                pass
        except ValueError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert errors == []
