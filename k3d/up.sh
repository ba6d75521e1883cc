#!/usr/bin/env bash
# All steps in order; each can be run again by itself.
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"
for step in k3d/[1-9]0-*.sh; do
  bash "$step" || die "stopped at ${step}: mend what it says, then run make k3d again"
done
