"""Programs for those who build the house: nothing here is installed."""
