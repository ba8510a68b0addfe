"""The sentences and glosses that stand for a label."""

from __future__ import annotations

from jsdf.engines.local.prompt_templates import hypotheses, synonyms


def test_a_label_stands_in_several_sentences():
    assert "An article about tech support." in hypotheses(" tech_support. ")
    assert len(set(hypotheses("sports"))) == 5


def test_labels_of_manner_have_glosses_and_topics_have_none():
    assert synonyms("Positive") == synonyms("positive review") != synonyms("a negative comment") != ()
    assert synonyms("sports") == synonyms("positive discrimination") == ()
