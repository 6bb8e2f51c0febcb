"""Weekly pass rates of every team as a pandas table, each with its n, its interval and what may be said of the target.

    pip install pandas
    CALLMARK_URL=https://callmark.example CALLMARK_KEY=cm_… python weekly_pass_rates.py 2026-10-01 2026-11-01

The key needs the scope scores:read.
"""

import os
import sys
from urllib.parse import urlencode

import pandas as pd


def weekly_pass_rates(first: str, end: str) -> pd.DataFrame:
    """One row for each team and week from `first` up to, not including, `end`; rates are shares (0-1)."""
    asked = urlencode({"from": first, "to": end, "group_by": "team", "interval": "week", "source": "final"})
    rates = pd.read_csv(
        f"{os.environ['CALLMARK_URL']}/api/v1/metrics/pass-rate?{asked}",
        storage_options={"Authorization": f"Bearer {os.environ['CALLMARK_KEY']}", "Accept": "text/csv"},
    )
    return rates.set_index(["team", "week"]).sort_index()


if __name__ == "__main__":
    found = weekly_pass_rates(*sys.argv[1:3])
    # A rate says little without its n: where the interval spans the target, the verdict is too_few_to_say.
    print(found[["n", "passed", "rate", "ci_low", "ci_high", "target", "verdict"]].to_string())
