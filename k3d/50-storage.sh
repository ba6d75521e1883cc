#!/usr/bin/env bash
# S3 inside the cluster: SeaweedFS in one pod, in memory of the pod's life only.
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"
want_cluster

say "S3 in the cluster"
on_cluster apply -f knative/namespace.yaml >/dev/null
on_cluster apply -f k3d/storage.yaml
patient 600 "S3 (kubectl --context ${CONTEXT} logs -n rushes deployment/s3)" \
  on_cluster rollout status deployment/s3 -n rushes --timeout=60s
