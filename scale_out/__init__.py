"""The same dbt project on Apache Spark: a cluster on this machine, the raw tables, and the comparison with DuckDB."""
