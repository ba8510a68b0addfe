"""Print `name==version` for the oldest version of each dependency that `pyproject.toml` allows, for `pip install -c`.

Of `dependencies` and of the extras that are named: `python tests/support/oldest_versions.py local`.
"""

import sys
from pathlib import Path

from packaging.requirements import Requirement

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def oldest(requirement: Requirement) -> str:
    """The requirement with its lower bound as the only version."""
    bounds = [s.version for s in requirement.specifier if s.operator in {">=", "=="}]
    if len(bounds) != 1:
        raise ValueError(f"{requirement} has {len(bounds)} lower bounds, and needs one")
    return f"{requirement.name}=={bounds[0]}"


def main(extras: list[str]) -> None:
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    lines = [*project["dependencies"], *(line for e in extras for line in project["optional-dependencies"][e])]
    print(*(oldest(Requirement(line)) for line in lines), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
