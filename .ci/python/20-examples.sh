#!/usr/bin/env bash
# Every client example and the command line against real servers.
set -euo pipefail
# shellcheck source=environment
source "$(dirname "${BASH_SOURCE[0]}")/environment"
exec "$python" "$examples/acceptance/examples.py" "$@"
