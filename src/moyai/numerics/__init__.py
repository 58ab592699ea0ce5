"""Statistics in plain arrays: measures, resampling, drift. numpy only; arrays in, arrays out; no I/O."""
