"""How runs, plans and bills look: words, HTML, colours, plots."""
