"""Real data sets, mapped to the raw contract and scored with seeds of their own."""
