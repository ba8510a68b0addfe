"""A kernel that reaches this machine alone, and in which some packages seem not to be installed.

python lab_kernel.py HIDDEN -f CONNECTION_FILE, where HIDDEN is "-" or names with commas between. They are hidden from
the finder that looks through the path: nothing is uninstalled, and `find_spec` says None as it does without them.
"""

import ipaddress
import sys
from importlib.machinery import PathFinder


def hide(names):
    find = PathFinder.find_spec

    def find_others(name, path=None, target=None):
        return None if name.partition(".")[0] in names else find(name, path, target)

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
    del sys.path[0]  # this folder: its modules are the tests'
    hide(set(sys.argv.pop(1).split(",")))
    sys.addaudithook(refuse_others)
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
