"""Statistics in plain arrays: measures, resampling, drift, scaling. numpy only; arrays in, arrays out; no I/O."""
