"""The house is checked here: contracts, sizes, names, weight, reference. Not what the rooms do."""
