"""A button is shown only where it is known that a click is heard before the run has ended."""

import sys
from types import SimpleNamespace

import pytest

from jsdf.display.progress.stop_button import is_click_heard


class Manager:
    def __init__(self, *subshells):
        self.list_subshell = lambda: list(subshells)


def set_kernel(monkeypatch, version, kernel):
    shell = None if kernel is None else SimpleNamespace(kernel=kernel)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace(version_info=version))


def kernel_with(*subshells, supported=True):
    thread = SimpleNamespace(manager=Manager(*subshells))
    return SimpleNamespace(_supports_kernel_subshells=supported, shell_channel_thread=thread)


@pytest.mark.parametrize(
    ("version", "kernel", "expected"),
    [
        ((7, 0, 0), kernel_with("a"), True),
        ((7, 1, 2), kernel_with("a", "b"), True),
        ((7, 3, 0), kernel_with("a"), True),
        ((7, 3, 0), kernel_with(), False),  # as in VS Code, whose messages all go to the main shell
        ((7, 3, 0), kernel_with("a", supported=False), False),
        ((7, 2, 0), SimpleNamespace(_supports_kernel_subshells=True), False),  # names of another version
    ],
)
@pytest.mark.parametrize("awaited", [True, False])
def test_with_subshells_a_click_is_heard_over_one_alone(monkeypatch, version, kernel, expected, awaited):
    set_kernel(monkeypatch, version, kernel)
    assert is_click_heard(awaited=awaited) is expected


@pytest.mark.parametrize(
    ("version", "kernel", "expected"),
    [
        ((7, 4, 0), kernel_with("a"), True),
        ((7, 5, 2), kernel_with(), True),
        ((8, 0, 0, "dev0"), SimpleNamespace(), True),
        ((6, 31, 0), SimpleNamespace(), False),
        ((), kernel_with("a"), False),  # of another package, which is not known
        ((7, 4, 0), None, False),
    ],
)
def test_elsewhere_an_awaited_run_may_hear_it_and_a_synchronous_one_never(monkeypatch, version, kernel, expected):
    set_kernel(monkeypatch, version, kernel)
    assert is_click_heard(awaited=True) is expected
    assert not is_click_heard(awaited=False)


def test_without_a_kernel_there_is_none(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not is_click_heard(awaited=False)
