"""Description of the machine that a benchmark runs on, without its name."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

LIBRARIES = ("jsdf", "pandas", "numpy", "pyarrow", "httpx", "onnxruntime", "pillow", "dask", "pyspark")


def describe() -> dict[str, Any]:
    """Return processor, cores that this process may use, memory, system, Python, and versions of libraries."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory": f"{_memory_bytes() / 2**30:.0f} GiB",
        "system": _system(),
        "python": platform.python_version(),
        "libraries": dict(_versions()),
    }


def _processor() -> str:
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}" if sys.platform != "darwin" else platform.platform()


def _versions():
    for name in LIBRARIES:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
