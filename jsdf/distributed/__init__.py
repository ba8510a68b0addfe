"""Labelling on the workers of a cluster, for Dask and Spark: settings that travel, results of one partition, clocks."""
