#!/usr/bin/env bash
# kill -9 while writers write: what was acknowledged is there, once.
set -euo pipefail
# shellcheck source=environment
source "$(dirname "${BASH_SOURCE[0]}")/environment"
exec "$python" "$examples/acceptance/crash_acceptance.py" "$@"
