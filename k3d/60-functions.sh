#!/usr/bin/env bash
# Every function, the broker and its triggers, from knative/ through an overlay.
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"
want_cluster
if [ "$OVERLAY" = k3d/overlay ] && { [ "$CLUSTER" != rushes ] || [ "$TAG" != local ]; }; then
  die "k3d/overlay names k3d-rushes-registry:5000/rushes:local: copy it, and say OVERLAY=..."
fi

say "functions (${OVERLAY})"
# The webhooks of a cluster that has just been made may still be starting.
patient 300 "the cluster to accept them" on_cluster apply -k "$OVERLAY"
patient 600 "the broker" \
  on_cluster wait --for=condition=Ready broker/rushes -n rushes --timeout=60s
patient 900 "every function (kubectl --context ${CONTEXT} get ksvc,pods -n rushes)" \
  on_cluster wait --for=condition=Ready services.serving.knative.dev --all -n rushes --timeout=60s
patient 600 "every trigger" \
  on_cluster wait --for=condition=Ready trigger --all -n rushes --timeout=60s
