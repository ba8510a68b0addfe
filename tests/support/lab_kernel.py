"""Jupyter kernel that can connect to loopback only, and from which some packages are hidden.

Started as `python lab_kernel.py HIDDEN -f CONNECTION_FILE`; HIDDEN is "-" or a comma-separated list of packages. They
are hidden from the path finder: `find_spec` returns None, as if they were not installed.
"""

import ipaddress
import sys
from importlib.machinery import PathFinder


def hide(names):
    find_spec = PathFinder.find_spec

    def find_others(name, path=None, target=None):
        return None if name.partition(".")[0] in names else find_spec(name, path, target)

    PathFinder.find_spec = staticmethod(find_others)


def refuse_others(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if host not in (None, "", "localhost") and not _is_loopback(host):
        raise OSError(f"there is no network here, so {host!r} is out of reach")


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    del sys.path[0]  # this folder, whose modules belong to the tests
    hide(set(sys.argv.pop(1).split(",")))
    sys.addaudithook(refuse_others)
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
