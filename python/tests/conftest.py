"""What all tests share."""

import signal

import pytest


def pytest_configure(config):
    # The tests' data are noise, of which the library says that nothing was learnt.
    config.addinivalue_line("filterwarnings", "ignore::recraft.RecraftWarning")


@pytest.fixture
def ctrl_c():
    """A shell starts background work with SIGINT ignored, and Python leaves it so; a terminal does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
