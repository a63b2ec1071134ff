SELECT pruned_version FROM meta WHERE id = 1
