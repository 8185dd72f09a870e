#!/usr/bin/env bash
# The commands and programs of the README, as they stand there.
set -euo pipefail
# shellcheck source=environment
source "$(dirname "${BASH_SOURCE[0]}")/environment"
exec "$python" "$examples/acceptance/readme.py" "$@"
