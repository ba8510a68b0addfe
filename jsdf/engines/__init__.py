"""Who answers: the protocol, the hosted service, the embedded local engine."""

from jsdf.column.kinds import Kind
from jsdf.engines.base import Engine, Pace, Question, Reply, Session, Tokens

__all__ = ["Engine", "Kind", "Pace", "Question", "Reply", "Session", "Tokens"]
