"""X Education: the leads of a company that sells online courses."""
