"""Those that look on while a program runs: ledger, anomalies, shadow mode."""
