"""Engines that answer classification requests: the protocol, the hosted service and the local engine."""

from jsdf.column.kinds import Kind
from jsdf.engines.base import Engine, Question, RateLimitInfo, Reply, Session, Tokens

__all__ = ["Engine", "Kind", "Question", "RateLimitInfo", "Reply", "Session", "Tokens"]
