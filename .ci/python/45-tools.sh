#!/usr/bin/env bash
# The doctor against good and wrong settings, and SQLAlchemy as Superset uses it.
set -euo pipefail
# shellcheck source=environment
source "$(dirname "${BASH_SOURCE[0]}")/environment"
exec "$python" "$examples/acceptance/tools.py" "$@"
