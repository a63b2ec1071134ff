SELECT kontinue_horizon() - 1
