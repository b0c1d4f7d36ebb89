-- Records that one or more rules tie together, and the component of each: a person with more than one record.
{{ connected_components(ref('int_identity_edges_both_ways')) }}
