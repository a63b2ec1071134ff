UPDATE meta SET pruned_version = max(pruned_version, ?1) WHERE id = 1
