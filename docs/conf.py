"""Settings of the documentation: `sphinx-build -W --keep-going docs OUT`. Nothing is fetched from a network."""

import shutil
from pathlib import Path

import jsdf

HERE = Path(__file__).parent

# The notebooks are pages too. Sphinx reads only what lies in this folder, so they are copied into one that git ignores;
# files that have not changed are left alone, so that a second build does not read them again.
for source in sorted((HERE.parent / "notebooks").glob("*.ipynb")):
    target = HERE / "examples" / source.name
    target.parent.mkdir(exist_ok=True)
    if not target.exists() or target.read_bytes() != source.read_bytes():
        shutil.copyfile(source, target)

project = "jsdf"
copyright = "the jsdf contributors"
version = release = jsdf.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
templates_path = ["_templates"]
exclude_patterns = ["_build"]

# Pages are Markdown. The tests execute the notebooks and the Python blocks of every page; the build executes nothing.
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

# Docstrings are in Google style, with single backticks around code.
default_role = "code"
napoleon_numpy_docstring = False
napoleon_custom_sections = [("Attributes", "params_style")]
napoleon_use_rtype = False
autodoc_typehints = "none"
autosummary_generate = False

# All pages in the left column, in groups: there are too few of them for the theme's two levels.
html_theme = "pydata_sphinx_theme"
html_title = "jsdf"
html_static_path = ["_static"]
html_css_files = ["jsdf.css"]
html_show_sourcelink = False
html_sidebars = {"**": ["all-pages"]}
html_theme_options = {
    "navbar_center": [],
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}


def shorten_accessor(app, what, name, obj, options, lines):  # noqa: ARG001 - Sphinx' signature
    """Keep the first sentence of an accessor method: its docstring is that of the plain function, documented above."""
    parent, _, method = name.rpartition(".")
    if parent in {"pandas.DataFrame.jigsaw", "pandas.Series.jigsaw"}:
        lines[:] = [lines[0], "", f"The other arguments are those of :func:`jsdf.{method}`.", ""]


def hide_constructor(app, what, name, obj, options, signature, returns):  # noqa: ARG001 - Sphinx' signature
    """Show no constructor of what a call returns, which nobody builds by hand."""
    results = {"jsdf.Run", "jsdf.Plan", "jsdf.Usage", "jsdf.Progress", "jsdf.testing.Record"}
    return ("", None) if name in results else None


def setup(app):
    """Connect the handlers above."""
    app.connect("autodoc-process-docstring", shorten_accessor)
    app.connect("autodoc-process-signature", hide_constructor)
