#!/usr/bin/env bash
# Consolidated files with copied row groups, read by pyarrow, polars, pandas, fastparquet and DuckDB.
set -euo pipefail
# shellcheck source=environment
source "$(dirname "${BASH_SOURCE[0]}")/environment"
exec "$python" "$examples/acceptance/readers.py" "$@"
