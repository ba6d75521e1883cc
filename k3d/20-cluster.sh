#!/usr/bin/env bash
# A cluster of one node with a registry beside it. Run again, it finds both and does nothing.
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"

say "cluster ${CLUSTER} (${K3S_IMAGE})"
if have_cluster; then
  k3d cluster start "$CLUSTER" >/dev/null
  echo "it is there already"
else
  # Traefik would hold the ports that Kourier wants.
  k3d cluster create "$CLUSTER" --image "$K3S_IMAGE" \
    --registry-create "${REGISTRY_NAME}:127.0.0.1:${REGISTRY_PORT}" \
    --k3s-arg '--disable=traefik@server:*' \
    --kubeconfig-switch-context=false --wait --timeout 900s ||
    die "k3d could not make the cluster: 'k3d cluster delete ${CLUSTER}' and try again"
fi
patient 600 "the node" on_cluster wait --for=condition=Ready node --all --timeout=60s
on_cluster get nodes
