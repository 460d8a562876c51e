"""What all tests share."""


def pytest_configure(config):
    # The tests' data are noise, of which the library says that nothing was learnt.
    config.addinivalue_line("filterwarnings", "ignore::recraft.RecraftWarning")
