"""Moyai: several institutions run one AI infrastructure together."""
