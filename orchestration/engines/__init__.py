"""The engine that keeps the warehouse: DuckDB's file, or a Spark thrift server. Nothing else here knows which it is."""
