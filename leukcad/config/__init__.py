"""YAML to a checked specification; every complaint carries file:line:column; no code in YAML."""
