# shellcheck shell=bash
# Sourced by every step: what is pinned, and how a step speaks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export CLUSTER="${CLUSTER:-rushes}"
export REGISTRY_PORT="${REGISTRY_PORT:-5111}"
export REGISTRY_NAME="k3d-${CLUSTER}-registry"
export TAG="${TAG:-local}"
# Releases that fit one another: Knative 1.19 wants Kubernetes 1.32 or newer.
export K3S_IMAGE="${K3S_IMAGE:-rancher/k3s:v1.33.4-k3s1}"
export SERVING="${SERVING:-v1.19.6}"
export KOURIER="${KOURIER:-v1.19.5}"
export EVENTING="${EVENTING:-v1.19.6}"
# The overlay that is applied; on a cluster of yours it names your registry.
export OVERLAY="${OVERLAY:-k3d/overlay}"
# Every kubectl below speaks to the local cluster, or, where KUBECONFIG is set, to that file's
# current context: nothing else that a person has is touched.
if [ -n "${KUBECONFIG:-}" ]; then
  CONTEXT="$(kubectl config current-context 2>/dev/null || true)"
else
  CONTEXT="k3d-${CLUSTER}"
fi
export CONTEXT

say() { printf '\n== %s\n' "$*"; }

die() {
  printf 'k3d: %s\n' "$*" >&2
  exit 1
}

need() { # a program, and where it is had
  command -v "$1" >/dev/null 2>&1 || die "$1 is not installed: $2"
}

on_cluster() { kubectl --context "$CONTEXT" "$@"; }

have_cluster() { k3d cluster list "$CLUSTER" >/dev/null 2>&1; }

want_cluster() {
  if [ -n "${KUBECONFIG:-}" ]; then
    [ -n "$CONTEXT" ] || die "KUBECONFIG=${KUBECONFIG} has no current context that is a cluster"
    on_cluster version >/dev/null 2>&1 || die "no cluster answers at ${CONTEXT} (KUBECONFIG)"
  else
    have_cluster || die "there is no cluster ${CLUSTER}: k3d/20-cluster.sh makes it"
  fi
}

patient() { # seconds, what is waited for, and the command that succeeds then
  local end=$((SECONDS + $1)) what=$2
  shift 2
  echo "  waiting for ${what}"
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || {
      "$@" || true # once more, to be heard
      die "still waiting for ${what} after the time that a slow machine needs"
    }
    sleep 3
  done
}
