#!/usr/bin/env bash
# TPC-H at scale factor 1, a million upserts while queries run.
set -euo pipefail
# shellcheck source=environment
source "$(dirname "${BASH_SOURCE[0]}")/environment"
exec "$python" "$examples/acceptance/tpch_acceptance.py" "$@"
