"""Label a column of a Spark DataFrame, classic or Connect: `jsdf.spark.classify`."""

from jsdf.spark.labelling import classify

__all__ = ["classify"]
