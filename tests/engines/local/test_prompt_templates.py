"""Hypothesis templates and synonyms of labels."""

from __future__ import annotations

from jsdf.engines.local.prompt_templates import hypotheses, synonyms


def test_a_label_is_inserted_into_each_template():
    assert "An article about tech support." in hypotheses(" tech_support. ")
    assert len(set(hypotheses("sports"))) == 5


def test_labels_of_manner_have_synonyms_and_topics_have_none():
    assert synonyms("Positive") == synonyms("positive review") != synonyms("a negative comment") != ()
    assert synonyms("sports") == synonyms("positive discrimination") == ()
