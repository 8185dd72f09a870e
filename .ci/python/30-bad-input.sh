#!/usr/bin/env bash
# Files, starts, batches and SQL that are wrong.
set -euo pipefail
# shellcheck source=environment
source "$(dirname "${BASH_SOURCE[0]}")/environment"
exec "$python" "$examples/acceptance/bad_input.py" "$@"
