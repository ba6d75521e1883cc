#!/usr/bin/env bash
# The cluster, its registry and all that they hold are removed; nothing else is.
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"
need k3d "https://k3d.io"
say "removing ${CLUSTER}"
if have_cluster; then
  k3d cluster delete "$CLUSTER"
else
  echo "there is none"
fi
docker image rm "127.0.0.1:${REGISTRY_PORT}/rushes:${TAG}" 2>/dev/null || true
