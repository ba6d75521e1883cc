#!/usr/bin/env bash
# Every function, the broker and its triggers, from knative/ through k3d/overlay.
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"
want_cluster
if [ "$CLUSTER" != rushes ] || [ "$TAG" != local ]; then
  die "k3d/overlay names k3d-rushes-registry:5000/rushes:local: edit it for another cluster or tag"
fi

say "functions"
on_cluster apply -k k3d/overlay
on_cluster wait --for=condition=Ready broker/rushes -n rushes --timeout=120s >/dev/null ||
  die "the broker is not ready: kubectl --context ${CONTEXT} describe broker rushes -n rushes"
on_cluster wait --for=condition=Ready services.serving.knative.dev --all -n rushes --timeout=300s ||
  die "not every function is ready: kubectl --context ${CONTEXT} get ksvc,pods -n rushes"
on_cluster wait --for=condition=Ready trigger --all -n rushes --timeout=120s >/dev/null ||
  die "not every trigger is ready: kubectl --context ${CONTEXT} get triggers -n rushes"
