"""Measurements: how well the parts do on data that nothing was tuned on."""
